"""PyTorch's distillation of a BERT classifier into 3 layers x 192, as textbooks write it or with the teacher's logits cached."""

import argparse
import json
import math
import random
import time

import torch
import torch.nn.functional as F
from transformers import BertConfig, BertForSequenceClassification

from clinc import label_ids, pad, read_split, tokenize
from versions import versions

TEMPERATURE, ALPHA, CLIP, WARM_UP, BATCH = 4.0, 0.9, 1.0, 0.1, 32


def student_of(teacher, layers, hidden, init):
    """A student with 32-wide heads and feed-forward 4 x hidden; `projected` starts its embeddings from the teacher's."""
    config = BertConfig(**{**teacher.config.to_dict(), "num_hidden_layers": layers, "hidden_size": hidden,
                           "num_attention_heads": hidden // 32, "intermediate_size": 4 * hidden})
    student = BertForSequenceClassification(config)
    if init == "projected":
        project_embeddings(teacher.bert.embeddings, student.bert.embeddings, hidden)
    return student


@torch.no_grad()
def project_embeddings(source, target, hidden):
    """Turns the teacher's embeddings onto the `hidden` leading right singular vectors of its token table, at the same spread."""
    table = source.word_embeddings.weight.double()
    _, vectors = torch.linalg.eigh(table.T @ table)
    basis = vectors[:, -hidden:].flip(1)
    scale = table.std() / (table @ basis).std()
    for name in ("word_embeddings", "position_embeddings", "token_type_embeddings"):
        getattr(target, name).weight.copy_((getattr(source, name).weight.double() @ basis * scale).float())


def loss_of(logits, teacher_logits, labels):
    """alpha T^2 KL(teacher || student) at temperature T, plus (1 - alpha) cross-entropy."""
    soft = F.kl_div(F.log_softmax(logits / TEMPERATURE, -1), F.log_softmax(teacher_logits / TEMPERATURE, -1),
                    reduction="batchmean", log_target=True) * TEMPERATURE**2
    return ALPHA * soft + (1 - ALPHA) * F.cross_entropy(logits, labels)


def tensors(rows):
    """Padded ids and mask of some rows as tensors."""
    return tuple(torch.tensor(part) for part in pad(rows))


@torch.no_grad()
def logits_of(model, rows, batch=64):
    """The model's logits of every row, computed in batches of similar length, in the order of the rows."""
    model.eval()
    order = sorted(range(len(rows)), key=lambda i: len(rows[i]))
    out = torch.empty(len(rows), model.config.num_labels)
    for at in range(0, len(order), batch):
        some = order[at:at + batch]
        ids, mask = tensors([rows[i] for i in some])
        out[some] = model(input_ids=ids, attention_mask=mask).logits
    return out


def batches_of(rows, by_length, rng):
    """The epoch's batches of indices: in random order, or of equal length as far as possible and then in random order."""
    order = list(range(len(rows)))
    rng.shuffle(order)
    if by_length:
        order.sort(key=lambda i: len(rows[i]))
    batches = [order[at:at + BATCH] for at in range(0, len(order), BATCH)]
    rng.shuffle(batches)
    return batches


def train(student, teacher, rows, labels, args, cached):
    """Trains the student; gives the steps taken, the seconds of each epoch and the milliseconds of each step."""
    rng = random.Random(args.seed)
    optimizer = torch.optim.AdamW(student.parameters(), lr=args.learning_rate, weight_decay=0.01, fused=True)
    total = math.ceil(len(rows) / BATCH) * args.epochs
    warm = max(1, int(WARM_UP * total))
    schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda n: min((n + 1) / warm, (total - n) / max(1, total - warm)))
    epochs, steps = [], []
    for _ in range(args.epochs):
        student.train()
        began = time.perf_counter()
        for some in batches_of(rows, cached is not None, rng):
            start = time.perf_counter()
            ids, mask = tensors([rows[i] for i in some])
            if cached is None:
                with torch.no_grad():
                    target = teacher(input_ids=ids, attention_mask=mask).logits
            else:
                target = cached[some]
            loss = loss_of(student(input_ids=ids, attention_mask=mask).logits, target, labels[some])
            optimizer.zero_grad(set_to_none=True)
            loss.backward()
            torch.nn.utils.clip_grad_norm_(student.parameters(), CLIP)
            optimizer.step()
            schedule.step()
            steps.append((time.perf_counter() - start) * 1e3)
            if args.max_steps and len(steps) >= args.max_steps:
                return epochs, steps
        epochs.append(time.perf_counter() - began)
    return epochs, steps


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--teacher", required=True, help="folder with config.json, model.safetensors, tokenizer.json")
    parser.add_argument("--data", required=True, help="data_full.json of CLINC150")
    parser.add_argument("--mode", choices=("textbook", "cached"), required=True)
    parser.add_argument("--epochs", type=int, default=1)
    parser.add_argument("--layers", type=int, default=3)
    parser.add_argument("--hidden", type=int, default=192)
    parser.add_argument("--init", choices=("random", "projected"), default="random")
    parser.add_argument("--learning-rate", type=float, default=1e-3)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--max-steps", type=int, help="stop after this many steps; the schedule stays that of all epochs")
    parser.add_argument("--save", help="write the student here as a Hugging Face folder (without tokenizer)")
    parser.add_argument("--out", required=True, help="where the metrics go, as JSON")
    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    torch.manual_seed(args.seed)

    seconds, clock = {}, time.perf_counter()

    def phase(name):
        nonlocal clock
        now = time.perf_counter()
        seconds[name], clock = round(now - clock, 3), now

    labels = label_ids(args.teacher)
    train_texts, train_labels = read_split(args.data, "train", labels)
    test_texts, test_labels = read_split(args.data, "test", labels)
    rows, test_rows = tokenize(args.teacher, train_texts), tokenize(args.teacher, test_texts)
    train_labels, test_labels = torch.tensor(train_labels), torch.tensor(test_labels)
    phase("tokenize")
    teacher = BertForSequenceClassification.from_pretrained(args.teacher).eval()
    student = student_of(teacher, args.layers, args.hidden, args.init)
    phase("load")
    cached = logits_of(teacher, rows) if args.mode == "cached" else None
    phase("teacher_logits")
    epochs, steps = train(student, teacher, rows, train_labels, args, cached)
    phase("train")
    answers = logits_of(student, test_rows).argmax(-1)
    phase("student_test")
    teacher_answers = logits_of(teacher, test_rows).argmax(-1)
    phase("teacher_test")

    ordered = sorted(steps)
    metrics = {"peer": "torch", "arguments": {k: v for k, v in vars(args).items() if k not in ("teacher", "data", "out", "save")},
               "parameters": sum(p.numel() for p in student.parameters()), "seconds": seconds,
               "seconds_per_epoch": [round(s, 3) for s in epochs], "steps": len(steps),
               "step_ms": {"median": round(ordered[len(ordered) // 2], 2), "mean": round(sum(steps) / len(steps), 2)},
               "accuracy": (answers == test_labels).double().mean().item(), "n": len(test_rows),
               "agreement": (answers == teacher_answers).double().mean().item(),
               "teacher_accuracy": (teacher_answers == test_labels).double().mean().item(),
               "versions": versions("torch", "transformers", "tokenizers")}
    with open(args.out, "w", encoding="utf-8") as file:
        json.dump(metrics, file, indent=1)
    print(json.dumps(metrics))
    if args.save:
        student.save_pretrained(args.save)


if __name__ == "__main__":
    main()
