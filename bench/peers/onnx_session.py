"""A Python ONNX Runtime session of a sequence-classification file, fed with whichever inputs the file names."""

import os

import numpy as np
import onnxruntime as ort

from clinc import pad


def find_model(path):
    """The ONNX file itself, or the one a folder holds in the usual places."""
    if not os.path.isdir(path):
        return path
    places = [os.path.join(path, name) for name in ("model.onnx", os.path.join("onnx", "model.onnx"))]
    found = [place for place in places if os.path.isfile(place)]
    if not found:
        raise SystemExit(f"{path}: holds neither model.onnx nor onnx/model.onnx")
    return found[0]


class Classifier:
    """One session; `logits(rows)` pads token ids and runs them."""

    def __init__(self, path, threads=2):
        options = ort.SessionOptions()
        options.intra_op_num_threads = threads
        options.log_severity_level = 3
        self.session = ort.InferenceSession(find_model(path), options, providers=["CPUExecutionProvider"])
        self.types = {i.name: np.int32 if i.type == "tensor(int32)" else np.int64 for i in self.session.get_inputs()}
        unknown = set(self.types) - {"input_ids", "attention_mask", "token_type_ids"}
        if unknown:
            raise SystemExit(f"{path}: asks for inputs {sorted(unknown)}, which a text classifier has not")
        self.output = next((o.name for o in self.session.get_outputs() if o.name == "logits"), self.session.get_outputs()[0].name)

    def feeds(self, rows):
        """The feeds of some rows of token ids, padded to the longest."""
        ids, mask = (np.array(part) for part in pad(rows))
        known = {"input_ids": ids, "attention_mask": mask, "token_type_ids": np.zeros_like(ids)}
        return {name: known[name].astype(kind) for name, kind in self.types.items()}

    def run(self, feeds):
        """Logits of prepared feeds."""
        return self.session.run([self.output], feeds)[0]
