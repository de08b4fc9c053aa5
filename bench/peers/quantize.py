"""ONNX Runtime's Python dynamic quantization of one file to int8 weights; the measure is this whole process."""

import time

START = time.perf_counter()

import argparse  # noqa: E402  the clock starts before the imports, which are part of what a user waits for
import json
import logging
import os
import resource

from onnxruntime.quantization import QuantType, quantize_dynamic

from versions import versions


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("source")
    parser.add_argument("target")
    parser.add_argument("--per-channel", action=argparse.BooleanOptionalAction, default=False)
    parser.add_argument("--reduce-range", action=argparse.BooleanOptionalAction, default=False)
    args = parser.parse_args()

    logging.getLogger().setLevel(logging.ERROR)
    imported = time.perf_counter()
    quantize_dynamic(args.source, args.target, per_channel=args.per_channel, reduce_range=args.reduce_range,
                     weight_type=QuantType.QInt8)
    done = time.perf_counter()
    print(json.dumps({"peer": "onnxruntime", "per_channel": args.per_channel, "reduce_range": args.reduce_range,
                      "seconds": {"import": round(imported - START, 3), "quantize": round(done - imported, 3),
                                  "total": round(done - START, 3)},
                      "peak_rss_bytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024,
                      "bytes": {"source": os.path.getsize(args.source), "target": os.path.getsize(args.target)},
                      "versions": versions("onnxruntime", "onnx", "numpy")}))


if __name__ == "__main__":
    main()
