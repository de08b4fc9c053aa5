// What a file that is not ONNX looks like, told by its first bytes.

interface Look {
  readonly what: string;
  readonly hint?: string;
  readonly test: (head: Uint8Array, text: string) => boolean;
}

const magic =
  (bytes: string, at = 0): Look["test"] =>
  (_head, text) =>
    text.startsWith(bytes, at);

const A_MODEL = "a model is a folder with config.json and its weights, or an .onnx file";

const looks: readonly Look[] = [
  {
    what: "a git-lfs pointer",
    hint: "fetch the file itself with `git lfs pull`",
    test: magic("version https://git-lfs"),
  },
  {
    what: "a web page",
    hint: "the download was probably an error page; fetch the file again",
    test: (_head, text) => /^\s*<(!doctype html|html)/i.test(text),
  },
  {
    what: "a safetensors file",
    hint: "give the folder that it is in",
    test: magic("\0{", 7),
  },
  {
    what: "a zip archive (PyTorch's .pt and .bin are such)",
    hint: "export the model to ONNX, or give a folder with model.safetensors",
    test: magic("PK\x03\x04"),
  },
  {
    what: "a Python pickle",
    hint: "minnow opens no pickles; save the model as safetensors or export it to ONNX",
    test: (head) => head[0] === 0x80 && (head[1] ?? 0) >= 2 && (head[1] ?? 0) <= 5,
  },
  { what: "an ORT-format model", hint: "give the .onnx file that it was made from", test: magic("ORTM", 4) },
  { what: "a TensorFlow Lite model", test: magic("TFL3", 4) },
  { what: "a GGUF model", test: magic("GGUF") },
  { what: "an HDF5 file (Keras)", test: magic("\x89HDF") },
  { what: "a PNG picture", test: magic("\x89PNG") },
  { what: "a JPEG picture", test: magic("\xff\xd8\xff") },
  { what: "a gzip archive", hint: "unpack it first", test: magic("\x1f\x8b") },
  { what: "an XML file", test: magic("<?xml") },
  { what: "a JSON file", hint: A_MODEL, test: (_head, text) => /^\s*[[{]\s*["[{\]}\d]/.test(text) },
  { what: "a text file", hint: A_MODEL, test: (_head, text) => /^[\t\n\r -~]{16,}$/.test(text) },
];

/** What the bytes look like, with what to do about it; undefined when nothing known begins so. */
export function looksLike(bytes: Uint8Array): { readonly what: string; readonly hint?: string } | undefined {
  const head = bytes.subarray(0, 256);
  const text = Buffer.from(head.buffer, head.byteOffset, head.byteLength).toString("latin1");
  return looks.find((look) => look.test(head, text));
}
