"""What the reference readers say of the inputs that `node bench/fuzz/sample.js COUNT SEED FOLDER` wrote: python fuzz_readers.py FOLDER

Reference: safetensors (Rust), onnx (protobuf and onnx.checker), PyYAML for YAML 1.1 and ruamel.yaml for 1.2. A disagreement is an input that
one side calls valid and the other does not; deliberate refusals of minnow are told by its own words and counted apart.
"""

import collections
import json
import re
import sys
import warnings
from pathlib import Path

import onnx
import ruamel.yaml
import safetensors
import safetensors.numpy
import yaml

warnings.simplefilter("ignore")

# What minnow refuses on purpose, by its words: docs/evidence.md lists the reasons.
DELIBERATE = {
    "safetensors": r"twice|unknown dtype|nested|__proto__|at most",
    "onnx": r"is of opset|bytes, its shape takes|no protobuf message|stands twice|perm .* against shape|no outputs",
    "yaml": r"tags are not allowed|key must be a name|twice|one document|aliases|alias stands|more than|nested|characters",
}


def reads_safetensors(path):
    safetensors.numpy.load(path.read_bytes())


def header_of_safetensors(path):
    safetensors.deserialize(path.read_bytes())


def reads_onnx(path):
    model = onnx.ModelProto()
    model.ParseFromString(path.read_bytes())
    onnx.checker.check_model(model, full_check=True)


def reads_yaml(path):
    text = path.read_bytes().decode("utf-8")
    errors = []
    for read in (yaml.safe_load, lambda text: ruamel.yaml.YAML(typ="safe", pure=True).load(text)):
        try:
            read(text)
        except Exception as error:  # noqa: BLE001
            errors.append(error)
    if len(errors) == 2:
        raise errors[0]


readers = {"safetensors": header_of_safetensors, "onnx": reads_onnx, "yaml": reads_yaml}


def main(folder):
    for name, read in readers.items():
        counts = collections.Counter()
        examples = collections.defaultdict(list)
        for one in json.loads((folder / f"{name}.json").read_text()):
            ours = one["verdict"] == "valid"
            try:
                read(folder / name / str(one["i"]))
                theirs, why = True, ""
            except RecursionError:
                theirs, why = False, "recursion"
            except Exception as error:  # noqa: BLE001
                theirs, why = False, f"{type(error).__name__}: {str(error)[:150]}"
            if ours == theirs:
                counts["both valid" if ours else "both refuse"] += 1
                continue
            if theirs and re.search(DELIBERATE[name], one.get("words") or ""):
                counts["refused on purpose"] += 1
                sentence = re.sub(r'"[^"]*"|[\d.]+', "_", one["words"])[:70]
                examples[f"on purpose: {sentence}"].append(one["i"])
                continue
            side = "minnow alone calls it valid" if ours else "minnow alone refuses it"
            counts[side] += 1
            words = why if ours else one.get("words")
            sentence = re.sub(r"""["'][^"']*["']|[\d.]+""", "_", str(words))[:90]
            examples[f"{side}: {sentence}"].append(one["i"])
        print(name, dict(counts))
        for sentence, found in sorted(examples.items(), key=lambda pair: -len(pair[1]))[:25]:
            print(f"  {len(found):6} {sentence!r} for example {found[:3]}")


main(Path(sys.argv[1]))
