"""CLINC150 and a tokenizer folder: texts, label ids by the model's own id2label, and token ids."""

import json
import os

from tokenizers import Tokenizer


def label_ids(folder):
    """Label name -> id, from `id2label` of the folder's config.json."""
    with open(os.path.join(folder, "config.json"), encoding="utf-8") as file:
        names = json.load(file)["id2label"]
    return {name: int(index) for index, name in names.items()}


def read_split(data, key, labels, limit=None):
    """Texts and label ids of one key of data_full.json; an unknown label is an error."""
    with open(data, encoding="utf-8") as file:
        pairs = json.load(file)[key][:limit]
    return [text for text, _ in pairs], [labels[name] for _, name in pairs]


def tokenize(folder, texts, max_length=128):
    """Token ids of every text with its special tokens, unpadded, cut at `max_length`."""
    tokenizer = Tokenizer.from_file(os.path.join(folder, "tokenizer.json"))
    tokenizer.no_padding()
    tokenizer.enable_truncation(max_length)
    return [encoding.ids for encoding in tokenizer.encode_batch(texts)]


def pad(rows, fill=0):
    """Ids and attention mask as lists, padded to the longest row."""
    longest = max(map(len, rows))
    ids = [row + [fill] * (longest - len(row)) for row in rows]
    mask = [[1] * len(row) + [0] * (longest - len(row)) for row in rows]
    return ids, mask
