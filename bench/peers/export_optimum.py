"""Optimum's export of a sequence-classification folder to one ONNX file, plain or optimised (-O1, -O2, -O3)."""

import argparse
import json
import os
import resource
import shutil
import tempfile
import time

from optimum.exporters.onnx import main_export

from versions import versions


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder")
    parser.add_argument("target", help="the ONNX file to write")
    for level in (1, 2, 3):
        parser.add_argument(f"-O{level}", dest="optimize", action="store_const", const=f"O{level}")
    parser.add_argument("--opset", type=int, default=None)
    args = parser.parse_args()

    start = time.perf_counter()
    with tempfile.TemporaryDirectory() as work:
        main_export(args.folder, output=work, task="text-classification", optimize=args.optimize, opset=args.opset,
                    do_validation=False)
        shutil.copyfile(os.path.join(work, "model.onnx"), args.target)
    print(json.dumps({"peer": "optimum", "optimize": args.optimize, "seconds": round(time.perf_counter() - start, 3),
                      "peak_rss_bytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024,
                      "bytes": os.path.getsize(args.target),
                      "versions": versions("optimum", "optimum-onnx", "transformers", "torch", "onnx", "onnxruntime")}))


if __name__ == "__main__":
    main()
