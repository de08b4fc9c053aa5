// What is there: versions, engine, processor, memory, disk and folders, each asked without harm.
import { lstat, mkdtemp, readdir, rmdir, statfs } from "node:fs/promises";
import { availableParallelism, freemem, totalmem } from "node:os";
import { join } from "node:path";
import { AppError, cacheFolder, fileError, minimumNode, version } from "../../base/index.ts";
import { describeMachine, energyMeter, judgeLooks, openWatch } from "../../bench/index.ts";
import { openEngine, type Provider } from "../../engine/index.ts";
import { type Busy, busyWords } from "../../record/index.ts";

/** Where to look. */
export interface Places {
  readonly cwd: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly home: string;
  readonly temporary: string;
}

/** What was found, or the words of why not. */
export type Found<T> = { readonly value: T } | { readonly error: string; readonly hint?: string | undefined };

export interface EngineFacts {
  readonly name: string;
  readonly version: string;
  readonly providers: readonly Provider[];
}

/** Sizes are in bytes. */
export interface Facts {
  readonly minnow: string;
  readonly node: string;
  readonly minimumNode: string;
  readonly engine: Found<EngineFacts>;
  /** System, its release, and the processor's architecture. */
  readonly platform: string;
  readonly architecture: string;
  readonly cpu: string;
  readonly cores: number;
  /** Instruction sets that matter; undefined where the system does not tell them. */
  readonly instructions: readonly string[] | undefined;
  /** What others did with the processors for a third of a second, in words; undefined where it was quiet. */
  readonly load: Found<string | undefined>;
  /** Processor packages whose energy can be read; undefined where there is no meter. */
  readonly energy: readonly string[] | undefined;
  readonly memory: { readonly free: number; readonly total: number };
  readonly disk: { readonly path: string; readonly free: Found<number> };
  /** Whether a folder can be made in it. */
  readonly temporary: { readonly path: string; readonly writable: Found<true> };
  /** Its size; undefined while it is not there. */
  readonly cache: { readonly path: string; readonly bytes: Found<number | undefined> };
}

/** All facts; what cannot be asked is a fact too, so that this does not throw. */
export async function gatherFacts({ cwd, env, home, temporary }: Places): Promise<Facts> {
  const cache = cacheFolder(env, home);
  const engine = await found(engineFacts, "the engine");
  const machine = await describeMachine("value" in engine ? engine.value : { name: "", version: "" }, 1);
  return {
    minnow: version(),
    node: machine.node,
    minimumNode: minimumNode(),
    engine,
    platform: machine.os,
    architecture: process.arch,
    cpu: machine.cpu,
    cores: machine.cores,
    instructions: process.platform === "linux" ? machine.instructions : undefined,
    load: await found(loadNow, "the processors"),
    energy: energyMeter()?.domains,
    memory: memory(),
    disk: { path: cwd, free: await found(() => freeSpace(cwd), cwd) },
    temporary: { path: temporary, writable: await found(() => tryToWrite(temporary), temporary) },
    cache: { path: cache, bytes: await found(() => sizeIfThere(cache), cache) },
  };
}

async function found<T>(ask: () => Promise<T>, path: string): Promise<Found<T>> {
  try {
    return { value: await ask() };
  } catch (cause) {
    const known = cause instanceof AppError ? cause : fileError(cause, path, "cannot be used");
    return { error: `${known.path ?? path}: ${known.message}`, hint: known.hint };
  }
}

async function engineFacts(): Promise<EngineFacts> {
  const engine = await openEngine();
  return { name: engine.name, version: engine.version, providers: engine.providers() };
}

/** Blocks of a look at the machine, and how long each is at least. */
const BLOCKS = 2;
const BLOCK_MS = 150;

async function loadNow(): Promise<string | undefined> {
  const watch = await openWatch(await openEngine(), availableParallelism());
  try {
    const looks = [await watch.look()];
    for (let block = 0; block < BLOCKS; block++) {
      const end = performance.now() + BLOCK_MS;
      while (performance.now() < end) await watch.look();
      looks.push(await watch.look());
    }
    const busy: Busy | undefined = judgeLooks(looks, watch).busy;
    return busy && busyWords(busy);
  } finally {
    await watch.dispose();
  }
}

/** What this process may have: a container's limit counts, where Node knows it (it does from 20.13). */
function memory(): Facts["memory"] {
  const limit = process.constrainedMemory?.() || Number.POSITIVE_INFINITY;
  return { free: process.availableMemory?.() ?? freemem(), total: Math.min(limit, totalmem()) };
}

async function freeSpace(folder: string): Promise<number> {
  const { bavail, bsize } = await statfs(folder);
  return bavail * bsize;
}

async function tryToWrite(folder: string): Promise<true> {
  await rmdir(await mkdtemp(join(folder, "minnow-")));
  return true;
}

async function sizeIfThere(folder: string): Promise<number | undefined> {
  const names = await ifThere(readdir(folder, { recursive: true }));
  if (!names) return undefined;
  // what goes away meanwhile has no size
  const entries = await Promise.all(names.map((name) => ifThere(lstat(join(folder, name)))));
  return entries.reduce((sum, entry) => sum + (entry?.isFile() ? entry.size : 0), 0);
}

async function ifThere<T>(asked: Promise<T>): Promise<T | undefined> {
  try {
    return await asked;
  } catch (cause) {
    if (cause instanceof Error && "code" in cause && cause.code === "ENOENT") return undefined;
    throw cause;
  }
}
