// minnow quantize as a whole process against Python's quantize_dynamic, on the same ONNX file.
import { rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { teacherOnnx } from "./exports.js";
import { minnow, needData, out, peer, teacher } from "./peers.js";
import { measureProcess, runToEnd } from "./process.js";
import { median, ratioOfRounds } from "./statistics.js";

export const name = "quantize";
export const title = "Quantizing, as a whole process";

export async function compare({ rounds = 7, say }) {
  needData();
  const source = teacherOnnx();
  const target = (what) => join(out, `quantized-${what}`);
  const commands = {
    file: [...minnow, "quantize", source, "-o", target("file"), "--quiet"],
    folder: [...minnow, "quantize", teacher, "-o", target("folder"), "--quiet"],
    python: peer("quantize.py", source, `${target("python")}.onnx`),
  };
  const runs = { file: [], folder: [], python: [] };
  for (let round = -1; round < rounds; round++) {
    const order = Object.keys(commands);
    if (round % 2 !== 0) order.reverse();
    for (const one of order) {
      rmSync(target(one), { recursive: true, force: true });
      const figures = measureProcess(commands[one]);
      if (round >= 0) runs[one].push(figures);
      say(`${one}: ${figures.seconds.toFixed(2)} s, ${(figures.peakRssBytes / 1e6).toFixed(0)} MB`);
    }
  }
  const row = (one, what, key, scale, limit) => {
    const blocks = (which) => runs[which].map((figures) => [figures[key] / scale]);
    const ratio = ratioOfRounds(blocks(one), blocks("python"));
    return {
      what,
      minnow: median(blocks(one).flat()),
      peer: median(blocks("python").flat()),
      ratio,
      ...(limit && { limit }),
    };
  };
  const bytes = [`${target("file")}/onnx/model_quantized.onnx`, `${target("python")}.onnx`].map(
    (path) => statSync(path).size / 1e6,
  );
  return {
    rows: [
      row("file", "an ONNX file: wall time, s", "seconds", 1, 0.5),
      row("file", "an ONNX file: peak memory, MB", "peakRssBytes", 1e6, 0.6),
      row("file", "an ONNX file: processor time, s", "cpuSeconds", 1),
      {
        what: "bytes of the result, MB",
        minnow: bytes[0],
        peer: bytes[1],
        ratio: { value: bytes[0] / bytes[1] },
      },
      row("folder", "a Hugging Face folder: wall time, s", "seconds", 1),
      row("folder", "a Hugging Face folder: peak memory, MB", "peakRssBytes", 1e6),
    ],
    versions: JSON.parse(runToEnd(commands.python)).versions,
    how: [
      "`minnow quantize model.onnx -o DIR --quiet` against a Python script that calls `quantize_dynamic` with int8 weights, on minnow's export of the teacher (91 MB). Wall time from start to end of the process, peak resident memory and processor time as the kernel's wait4 gives them.",
      `In turns, ${rounds} rounds after one that is not counted; the file cache is warm for both. minnow's result is written to the disk (fsync), compared with the graph that it was made from, and described in a report; Python's is neither.`,
      "The rows of the Hugging Face folder have Python's quantization of the ONNX file beside them: the export that Python needs before it is not counted.",
    ],
  };
}
