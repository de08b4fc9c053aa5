"""The protocol that lets a driver interleave two peers: `run N` on stdin gives one JSON line of N timings, `quit` ends."""

import json
import sys
import time


def emit(record):
    """Writes one JSON line at once."""
    print(json.dumps(record), flush=True)


def milliseconds(step, count):
    """Runs `step` `count` times and gives the milliseconds of each."""
    taken = []
    for _ in range(count):
        start = time.perf_counter()
        step()
        taken.append(round((time.perf_counter() - start) * 1e3, 4))
    return taken


def serve(step, ready, describe=lambda: {}):
    """Says `ready`, then answers `run N` with the per-step milliseconds (and `describe()`) until `quit` or end of input."""
    emit({"ready": True, **ready})
    for line in sys.stdin:
        words = line.split()
        if not words:
            continue
        if words == ["quit"]:
            return
        if len(words) == 2 and words[0] == "run" and words[1].isdigit() and int(words[1]) > 0:
            emit({"ms": milliseconds(step, int(words[1])), **describe()})
        else:
            emit({"error": f"expected `run N` with N above 0, or `quit`, and got {line.strip()!r}"})
