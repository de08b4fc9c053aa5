"""Python ONNX Runtime at batch 1 over real test sentences, one step an item, served step by step (see serve.py)."""

import argparse
import itertools
import json
import random

from clinc import tokenize
from onnx_session import Classifier
from serve import milliseconds, serve
from versions import versions


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("models", nargs="+", help="ONNX files or folders; they take turns, each on the same items")
    parser.add_argument("--tokenizer", required=True, help="folder with tokenizer.json")
    parser.add_argument("--data", required=True, help="data_full.json of CLINC150")
    parser.add_argument("--key", default="test")
    parser.add_argument("--items", type=int, default=500, help="how many items, drawn with the seed")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args()

    with open(args.data, encoding="utf-8") as file:
        texts = [text for text, _ in json.load(file)[args.key]]
    rows = tokenize(args.tokenizer, random.Random(args.seed).sample(texts, min(args.items, len(texts))))
    peers = []
    for path in args.models:
        model = Classifier(path, args.threads)
        feeds = itertools.cycle([model.feeds([row]) for row in rows])
        peers.append(lambda model=model, feeds=feeds: model.run(next(feeds)))
    for step in peers:
        milliseconds(step, 50)
    ready = {"peer": "onnxruntime", "models": args.models, "items": len(rows), "threads": args.threads,
             "mean_tokens": round(sum(map(len, rows)) / len(rows), 2), "versions": versions("onnxruntime")}
    serve(lambda count: answer(peers, count), ready)


def answer(peers, count, turn=25):
    """`count` timings of every model: one list, or one list a model; they alternate in turns, so that what slows
    the machine for a while slows all of them."""
    taken = [[] for _ in peers]
    for at in range(0, count, turn):
        for kept, step in zip(taken, peers):
            kept += milliseconds(step, min(turn, count - at))
    return {"ms": taken[0]} if len(peers) == 1 else {"ms_each": taken}


if __name__ == "__main__":
    main()
