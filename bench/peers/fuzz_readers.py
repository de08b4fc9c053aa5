"""What the reference readers say of the inputs that `node bench/fuzz/sample.js COUNT SEED FOLDER` wrote: python fuzz_readers.py FOLDER

References: safetensors (its Rust reader); onnx (protobuf and onnx.checker with shapes); libfyaml for YAML 1.2, and PyYAML's reader for
which characters a text may hold. A disagreement is an input that one side calls valid and the other does not. Each is put under the
first rule of fuzz_rules.py whose test it passes: a rule never goes by words alone, it shows its reason on the input itself. What
passes none is unexplained, and the exit code is then 1.
"""

import collections
import json
import os
import sys
import warnings
from pathlib import Path

import fuzz_rules
import libfyaml
import onnx
import safetensors
import yaml

warnings.simplefilter("ignore")


def reads_safetensors(content):
    safetensors.deserialize(content)


def reads_onnx(content):
    model = onnx.ModelProto()
    model.ParseFromString(content)
    onnx.checker.check_model(model, full_check=True)


def reads_yaml(content):
    text = content.decode("utf-8")
    yaml.reader.Reader(text)
    try:
        documents = list(libfyaml.loads_all(text, mode="yaml1.2"))
    except SystemError:
        # an empty stream, which is one without a document, makes loads_all fail; loads says so
        try:
            libfyaml.loads(text, mode="yaml1.2")
        except ValueError as error:
            if "No documents" in str(error):
                return
            raise
        raise
    if len(documents) > 1:
        raise ValueError("more than one document")


READERS = {"safetensors": reads_safetensors, "onnx": reads_onnx, "yaml": reads_yaml}


def apart(read, content):
    """Why the content is refused, "" where it is not; in a process of its own, for some inputs end the reference's."""
    out, to = os.pipe()
    child = os.fork()
    if child == 0:
        os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
        try:
            read(content)
            told = ""
        except RecursionError:
            told = "RecursionError"
        except Exception as error:  # noqa: BLE001
            told = f"{type(error).__name__}: {error}"
        os.write(to, told.encode(errors="replace")[:4000])
        os._exit(0)
    os.close(to)
    told = os.read(out, 5000).decode(errors="replace")
    os.close(out)
    _, status = os.waitpid(child, 0)
    return told if status == 0 else "the process ended"


def main(folder):
    unexplained = 0
    for name, read in READERS.items():
        counts = collections.Counter()
        kinds = collections.defaultdict(list)
        for one in json.loads((folder / f"{name}.json").read_text()):
            content = (folder / name / str(one["i"])).read_bytes()
            ours = one["verdict"] == "valid"
            why = apart(read, content)
            if ours == (why == ""):
                counts["both valid" if ours else "both refuse"] += 1
                continue
            words = one.get("words") or ""
            rules = fuzz_rules.RULES[name, "valid" if ours else "refused"]
            reason = next((reason for reason, holds in rules if holds(content, words, why)), None)
            counts["unexplained" if reason is None else "explained"] += 1
            kinds[reason or f"UNEXPLAINED {one['verdict']}: {words} | {why[:160]!r}"].append(one["i"])
        unexplained += counts["unexplained"]
        print(f"{name}: {', '.join(f'{kind} {count:,}' for kind, count in counts.items())}")
        for reason, found in sorted(kinds.items(), key=lambda pair: -len(pair[1])):
            print(f"  {len(found):5}  {reason} (input {', '.join(map(str, found[:3]))})")
    print(f"{unexplained} disagreements are unexplained")
    sys.exit(unexplained > 0)


main(Path(sys.argv[1]))
