"""Accuracy of an exported sequence-classification ONNX file on CLINC150, with Python ONNX Runtime."""

import argparse
import json
import time

from clinc import label_ids, read_split, tokenize
from onnx_session import Classifier
from versions import versions


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("model", help="an ONNX file, or a folder that holds model.onnx or onnx/model.onnx")
    parser.add_argument("--tokenizer", required=True, help="folder with tokenizer.json, and config.json for id2label")
    parser.add_argument("--data", required=True, help="data_full.json of CLINC150")
    parser.add_argument("--key", default="test")
    parser.add_argument("--limit", type=int)
    parser.add_argument("--batch", type=int, default=32, help="items a run, of similar length; 1 pads nothing")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--against", help="a second model: also report how often both give the same label")
    args = parser.parse_args()

    texts, labels = read_split(args.data, args.key, label_ids(args.tokenizer), args.limit)
    rows = tokenize(args.tokenizer, texts)
    start = time.perf_counter()
    answers = answers_of(args.model, rows, args)
    seconds = time.perf_counter() - start
    result = {"peer": "onnxruntime", "key": args.key, "n": len(rows), "batch": args.batch, "seconds": round(seconds, 3),
              "correct": sum(a == b for a, b in zip(answers, labels))}
    result["accuracy"] = result["correct"] / len(rows)
    if args.against:
        other = answers_of(args.against, rows, args)
        result["agreement"] = sum(a == b for a, b in zip(answers, other)) / len(rows)
    print(json.dumps({**result, "versions": versions("onnxruntime", "tokenizers")}))


def answers_of(path, rows, args):
    """The label id the model gives each row."""
    model = Classifier(path, args.threads)
    order = sorted(range(len(rows)), key=lambda i: len(rows[i]))
    answers = [0] * len(rows)
    for at in range(0, len(order), args.batch):
        some = order[at:at + args.batch]
        for i, label in zip(some, model.run(model.feeds([rows[i] for i in some])).argmax(-1)):
            answers[i] = int(label)
    return answers


if __name__ == "__main__":
    main()
