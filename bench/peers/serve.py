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


def serve(answer, ready):
    """Says `ready`, then answers each `run N` with the record `answer(N)`, until `quit` or end of input."""
    emit({"ready": True, **ready})
    for line in sys.stdin:
        words = line.split()
        if words == ["quit"]:
            return
        if len(words) == 2 and words[0] == "run" and words[1].isdigit() and int(words[1]) > 0:
            emit(answer(int(words[1])))
        elif words:
            emit({"error": f"expected `run N` with N above 0, or `quit`, and got {line.strip()!r}"})
