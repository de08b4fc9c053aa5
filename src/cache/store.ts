// The cache: entries of files under a hash of everything they depend on, whole or not there, checked when they are read.
import { existsSync, readdirSync, renameSync, rmSync, statSync, utimesSync } from "node:fs";
import { join } from "node:path";
import { setImmediate, setTimeout } from "node:timers/promises";
import { z } from "zod";
import {
  fingerprint,
  type Holder,
  isRunning,
  makeFolder,
  readRegular,
  takeClaim,
  writeAtomic,
} from "../base/index.ts";

/** Layout of the folder; another layout gets another folder. */
const LAYOUT = "v1";
const MANIFEST = "entry.json";
/** Entries that are being made or thrown away. */
const ASIDE = "aside";
/** Who is making which entry. */
const CLAIMS = "claims";
/** Milliseconds between two looks at another's claim. */
const PATIENCE = 100;

const manifest = z.strictObject({
  what: z.string(),
  files: z.record(z.string(), z.strictObject({ bytes: z.int().min(0), sha256: z.string() })),
});
type Manifest = z.infer<typeof manifest>;

/** What is known of an entry without reading its files. */
export interface Entry {
  readonly key: string;
  /** What it holds, in words: "distill of intents-teacher". */
  readonly what: string;
  readonly bytes: number;
  /** When it was last made or read. */
  readonly used: Date;
}

export type Found =
  | { readonly state: "there"; readonly folder: string }
  | { readonly state: "missing" }
  | { readonly state: "broken"; readonly why: string };

/** Bytes that a cache may take, unless its user says otherwise. */
export const CACHE_LIMIT = 10 * 2 ** 30;

export interface PruneOptions {
  readonly limitBytes: number;
  /** Entries that were last used before go, whatever they take; default: none. */
  readonly usedSince?: Date;
  /** Key of an entry that stays. */
  readonly keep?: string;
}

/** Entries in a folder, at most `limitBytes` of them together: those that were not used for longest go first. */
export class Store {
  readonly folder: string;
  readonly #limitBytes: number;

  constructor(folder: string, limitBytes: number) {
    this.folder = join(folder, LAYOUT);
    this.#limitBytes = limitBytes;
  }

  /** The entry's folder, its files checked against their hashes; a broken entry is taken away and says why. */
  get(key: string): Found {
    const folder = this.#place(key);
    if (!existsSync(folder)) return { state: "missing" };
    const why = fault(folder);
    if (why !== undefined) {
      this.remove(key);
      return { state: "broken", why };
    }
    const now = new Date();
    utimesSync(join(folder, MANIFEST), now, now);
    return { state: "there", folder };
  }

  /** Whether there is an entry; nothing is read, so it may be broken. */
  has(key: string): boolean {
    return existsSync(join(this.#place(key), MANIFEST));
  }

  /** Makes an entry of the files that `fill` writes into an empty folder; it is there as a whole or not at all. */
  async put(key: string, what: string, fill: (folder: string) => Promise<void>): Promise<void> {
    const aside = this.#aside(key);
    try {
      await fill(aside);
      const files = Object.fromEntries(
        readdirSync(aside).map((name) => [name, fingerprint(join(aside, name))]),
      );
      await writeAtomic(join(aside, MANIFEST), JSON.stringify({ what, files } satisfies Manifest));
      this.remove(key);
      renameUnless(aside, this.#place(key));
    } finally {
      rmSync(aside, { recursive: true, force: true });
    }
    this.prune({ limitBytes: this.#limitBytes, keep: key });
  }

  /**
   * Waits until no other process, and nothing else in this one, makes the entry; then it is the caller's to make until it
   * calls what it is given. `onWait` is told once who is waited for; `signal` ends the wait. A dead process waits for nobody.
   */
  async claim(key: string, onWait: (holder: Holder) => void, signal?: AbortSignal): Promise<() => void> {
    const place = join(this.folder, CLAIMS, key);
    for (let told = false; ; ) {
      const claim = takeClaim(place);
      if ("release" in claim) return claim.release;
      signal?.throwIfAborted();
      if (!told) onWait(claim.holder);
      told = true;
      await setTimeout(PATIENCE);
    }
  }

  /** Takes an entry away; at no moment is a part of it there. */
  remove(key: string): void {
    const folder = this.#place(key);
    if (!existsSync(folder)) return;
    const aside = this.#aside(key);
    rmSync(aside, { recursive: true });
    renameSync(folder, aside);
    rmSync(aside, { recursive: true });
  }

  /** All entries, the one that was used last first. */
  list(): readonly Entry[] {
    if (!existsSync(this.folder)) return [];
    const entries = readdirSync(this.folder)
      .filter((key) => key !== ASIDE && key !== CLAIMS)
      .map((key) => {
        const folder = this.#place(key);
        const { what = "broken", files = {} } = manifestOf(folder) ?? {};
        const bytes = Object.values(files).reduce((sum, file) => sum + file.bytes, 0);
        return { key, what, bytes, used: usedAt(folder) };
      });
    return entries.sort((a, b) => b.used.getTime() - a.used.getTime());
  }

  /**
   * Takes entries away that were not used since a moment, then others, oldest first, until the rest fits; `keep` stays. Also
   * what runs that were killed left behind.
   */
  prune({ limitBytes, usedSince = new Date(0), keep }: PruneOptions): readonly Entry[] {
    const all = this.list();
    let bytes = all.reduce((sum, entry) => sum + entry.bytes, 0);
    const gone: Entry[] = [];
    for (const entry of all.toReversed()) {
      if (bytes <= limitBytes && entry.used >= usedSince) break;
      if (entry.key === keep) continue;
      this.remove(entry.key);
      bytes -= entry.bytes;
      gone.push(entry);
    }
    this.#sweep();
    return gone;
  }

  /** Reads every entry; broken ones are taken away and named with what was wrong. The signal ends it between two entries. */
  async verify(
    signal?: AbortSignal,
  ): Promise<readonly { readonly key: string; readonly what: string; readonly why: string }[]> {
    const broken: { readonly key: string; readonly what: string; readonly why: string }[] = [];
    for (const { key, what } of this.list()) {
      // a signal is heard only here: reading holds the process
      await setImmediate();
      signal?.throwIfAborted();
      const why = fault(this.#place(key));
      if (why === undefined) continue;
      this.remove(key);
      broken.push({ key, what, why });
    }
    return broken;
  }

  #place(key: string): string {
    return join(this.folder, key);
  }

  /** A new empty folder aside, named after the process that uses it. */
  #aside(key: string): string {
    const name = `${process.pid}-${key.slice(0, 16)}-${Math.random().toString(36).slice(2, 10)}`;
    const folder = join(this.folder, ASIDE, name);
    makeFolder(folder);
    return folder;
  }

  /** What processes that ended left behind. */
  #sweep(): void {
    const left = (folder: string, owner: RegExp): void => {
      if (!existsSync(folder)) return;
      for (const name of readdirSync(folder)) {
        const pid = owner.exec(name)?.[1];
        if (pid !== undefined && !isRunning(Number(pid)))
          rmSync(join(folder, name), { recursive: true, force: true });
      }
    };
    left(join(this.folder, ASIDE), /^(\d+)-/);
    left(join(this.folder, CLAIMS), /\.(\d+)\.\w+\.tmp$/);
  }
}

/** Another process may have put the same entry in the meantime. */
function renameUnless(from: string, to: string): void {
  try {
    renameSync(from, to);
  } catch (cause) {
    if (!["ENOTEMPTY", "EEXIST"].includes(codeOf(cause))) throw cause;
  }
}

const codeOf = (cause: unknown): string => (cause as NodeJS.ErrnoException).code ?? "";

function manifestOf(folder: string): Manifest | undefined {
  try {
    return manifest.parse(JSON.parse(readRegular(join(folder, MANIFEST)).toString("utf8")));
  } catch {
    return undefined;
  }
}

const usedAt = (folder: string): Date =>
  statSync(join(folder, MANIFEST), { throwIfNoEntry: false })?.mtime ?? new Date(0);

/** What is wrong with an entry; undefined when its files are what they were when it was made. */
function fault(folder: string): string | undefined {
  const found = manifestOf(folder);
  if (!found) return `${MANIFEST} is missing or broken`;
  for (const [name, { bytes, sha256: expected }] of Object.entries(found.files)) {
    const path = join(folder, name);
    const size = statSync(path, { throwIfNoEntry: false })?.size;
    if (size !== bytes) return `${name} has ${size ?? "no"} bytes in place of ${bytes}`;
    if (fingerprint(path).sha256 !== expected) return `${name} was changed`;
  }
  return undefined;
}
