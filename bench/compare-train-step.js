// The training step against PyTorch's: blocks of steps in turns, and where minnow's step goes, by operator.
import { mkdirSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { here, out, peer } from "./peers.js";
import { profileHead, profileRows, readProfiles } from "./profile.js";
import { inTurns, serve } from "./served.js";
import { median, ratioOfRounds } from "./statistics.js";

export const name = "train-step";
export const title = "Training step";
const block = 5;

export async function compare({ rounds = 8, say }) {
  const minnow = await serve([process.execPath, join(here, "train-step.js")]);
  const torch = await serve(peer("train_step.py"));
  say(`PyTorch serves ${torch.ready.form}`);
  const peers = [minnow, torch];
  await inTurns(peers, 1, block);
  const [own, theirs] = await inTurns(peers, rounds, block);
  await Promise.all(peers.map((one) => one.quit()));
  const blocks = (answers, key = "ms") => answers.map((answer) => answer[key]);
  const ratio = ratioOfRounds(blocks(own), blocks(theirs));
  const { versions, form, tried } = torch.ready;
  const triedRows = Object.entries(tried).map(([what, ms]) => [what, ms.toFixed(1)]);
  return {
    rows: [
      {
        what: "a step, ms",
        minnow: median(blocks(own).flat()),
        peer: median(blocks(theirs).flat()),
        ratio,
        limit: 1.2,
      },
    ],
    versions,
    how: [
      "Encoder of 4 layers x 256, 4 heads, feed-forward 1024, vocabulary 8000, 150 classes; batch 32 x 64 tokens, no padding, no dropout; forward, backward, clipping at norm 1, AdamW; 2 threads.",
      `Both processes live for the whole run and take ${block} steps in turns (A B, B A, ...), ${rounds} rounds after one that is not counted. PyTorch serves its fastest form, which is chosen at its start: ${form}.`,
    ],
    tables: [
      { title: "Where minnow's step goes", ...(await profile(rounds, say)) },
      {
        title: "What minnow's step spends outside the engine",
        head: ["part", "ms"],
        rows: [["AdamW and clipping", median(blocks(own, "optimiser").flat()).toFixed(1)]],
      },
      { title: "PyTorch's forms", head: ["form", "ms"], rows: triedRows },
    ],
  };
}

/** A profile costs time of its own, so it is taken in a process and steps of its own. */
async function profile(rounds, say) {
  const folder = join(out, "profile");
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  say("profiling");
  const profiled = await serve([
    process.execPath,
    join(here, "train-step.js"),
    "--profile",
    join(folder, "step"),
  ]);
  await profiled.run(2 * rounds);
  await profiled.quit();
  const [file] = readdirSync(folder);
  const { byOp, byShape, runs, ms } = readProfiles([join(folder, file)], { skip: 3 });
  return {
    head: profileHead,
    rows: [...profileRows(byOp), [""], ...profileRows(byShape, 20)],
    note: `By operator, then by operator and shape of the first two inputs (the 20 largest). ONNX Runtime's profile over ${runs} steps, with no peer running; the engine's part of a step took ${ms.toFixed(1)} ms with the profiler on.`,
  };
}
