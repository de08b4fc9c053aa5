// What a user can do about ops that minnow does not read, by where such ops come from.

interface Advice {
  readonly of: (op: string, own: ReadonlySet<string>) => boolean;
  readonly words: string;
}

/** The first that fits an op counts. */
const advice: readonly Advice[] = [
  {
    of: (op, own) => own.has(op),
    words:
      "the file defines functions of its own: inline them first, in Python with " +
      "onnx.inliner.inline_local_functions(onnx.load(FILE))",
  },
  {
    of: (op) =>
      /^(com\.microsoft\.)?(QLinear|QGemm|QAttention|QMoE|DynamicQuantize|\w*NBits|\w*Integer)/.test(op),
    words: "it is quantized already: give the float file that it was made from",
  },
  {
    of: (op) => op.startsWith("com.microsoft."),
    words:
      "this is a graph after ONNX Runtime's optimizer or tools: give the file from before them, as " +
      "torch.onnx.export or `optimum-cli export onnx` without --optimize writes it",
  },
  {
    of: (op) => ["If", "Loop", "Scan"].includes(op),
    words:
      "minnow reads graphs without branches: leave the axis that squeeze() takes out of dynamic_axes, or export with " +
      "torch.onnx.export(..., dynamo=True); of a merged decoder give the file that is not merged",
  },
];

const OTHER =
  "`minnow inspect FILE` shows all that the file has; docs/ops.md lists the ops that minnow reads";

/** What to do about these ops; `own` are those that the file defines itself. */
export function adviceFor(ops: readonly string[], own: ReadonlySet<string>): string {
  const words = ops.map((op) => advice.find((one) => one.of(op, own))?.words ?? OTHER);
  return [...new Set(words)].join("; ");
}
