"""Which interpreter, libraries and processor a number was taken with; run it to see them."""

import importlib.metadata
import json
import platform

PACKAGES = ("torch", "transformers", "optimum", "optimum-onnx", "onnx", "onnxruntime", "safetensors", "tokenizers",
            "scikit-learn", "numpy")


def versions(*packages):
    """Version of each named package, and of Python and the processor."""
    found = {name: importlib.metadata.version(name) for name in packages or PACKAGES}
    return {"python": platform.python_version(), "cpu": cpu(), **found}


def cpu():
    """The processor's own name where the system tells it."""
    try:
        with open("/proc/cpuinfo", encoding="utf-8") as lines:
            return next(line.split(":", 1)[1].strip() for line in lines if line.startswith("model name"))
    except (OSError, StopIteration):
        return platform.processor() or platform.machine()


if __name__ == "__main__":
    print(json.dumps(versions()))
