// The watch over the machine: the ledger on made-up counters, verdicts on made-up looks, and the real probe once.
import { describe, expect, test, vi } from "vitest";
import { openLedger, type System } from "../../src/bench/ledger.ts";
import { judgeLooks, type Look, type Watch } from "../../src/bench/watch.ts";
import { openEngine } from "../../src/engine/index.ts";
import { busyWords } from "../../src/record/index.ts";

const files: Record<string, string> = {
  "/proc/self/status": "Name:\tnode\nCpus_allowed_list:\t0,2-3\n",
  // ticks: user nice system idle iowait irq softirq steal
  "/proc/stat":
    "cpu  999 9 9 9 9 9 9 9 0 0\ncpu0 1 2 3 400 50 6 7 8 0 0\ncpu1 1000 0 0 0 0 0 0 1000 0 0\ncpu2 10 0 0 0 0 0 0 0 0 0\ncpu3 0 0 5 0 0 0 0 1 0 0\n",
  "/sys/fs/cgroup/cpu.stat": "usage_usec 5\nthrottled_usec 250000\n",
};
const system = (over: Partial<System> = {}): System => ({
  read: (path) => files[path],
  now: () => 1234,
  own: () => 56,
  all: () => 789,
  processors: () => 3,
  ...over,
});

describe("the ledger", () => {
  test("counts what all processes used of the processors that are allowed, idle and waiting apart", () => {
    // 1 + 2 + 3 + 6 + 7 of the first, 10 of the third, 5 of the fourth; stolen 8 and 1, and 250 ms of a limit
    expect(openLedger(system()).read()).toEqual({ wall: 1234, own: 56, all: 340, stolen: 90 + 250 });
  });

  test("asks Node where there is no /proc, and knows no thieves then", () => {
    const elsewhere = openLedger(system({ read: () => undefined }));
    expect(elsewhere.read()).toEqual({ wall: 1234, own: 56, all: 789, stolen: 0 });
    expect(elsewhere.processors).toBe(3);
  });

  test("of this machine moves on", () => {
    const ledger = openLedger();
    const [first, second] = [ledger.read(), ledger.read()];
    expect(second.wall).toBeGreaterThanOrEqual(first.wall);
    expect(second.own).toBeGreaterThanOrEqual(first.own);
    expect(ledger.processors).toBeGreaterThan(0);
  });
});

interface Block {
  readonly others?: number;
  readonly stolen?: number;
  readonly probe?: number;
}

/** Looks around blocks of half a second on two processors. */
function looksAt(blocks: readonly Block[]): readonly Look[] {
  const reading = { wall: 0, own: 0, all: 0, stolen: 0 };
  const looks: Look[] = [{ reading: { ...reading }, probed: { oneThread: 4, allThreads: 2 } }];
  for (const { others = 0, stolen = 0, probe = 1 } of blocks) {
    reading.wall += 500;
    reading.own += 800;
    reading.all += 800 + 500 * others;
    reading.stolen += 500 * stolen;
    looks.push({ reading: { ...reading }, probed: { oneThread: 4 * probe, allThreads: 2 * probe } });
  }
  return looks;
}
const machine = (threads = 2): Watch => ({
  processors: 2,
  threads,
  look: () => Promise.reject(new Error("no look is taken")),
  dispose: async () => undefined,
});
const many = (block: Block, times = 20): readonly Block[] => Array.from({ length: times }, () => block);

describe("the verdict", () => {
  test("is quiet where nobody else did anything, and where counters only trembled by a tick", () => {
    expect(judgeLooks(looksAt(many({})), machine())).toEqual({ quiet: many({}).map(() => true) });
    expect(judgeLooks(looksAt(many({ others: 0.04 })), machine()).busy).toBeUndefined();
  });

  test.each([
    ["one process spins", { others: 0.9 }],
    ["the host takes the processor", { stolen: 0.3 }],
    ["others take a fifth of a processor", { others: 0.2 }],
  ])("is busy where %s", (_, block) => {
    const { busy, quiet } = judgeLooks(looksAt(many(block)), machine());
    expect(quiet).toEqual(many(block).map(() => false));
    expect(busy).toMatchObject({ seconds: 10, quiet: 0, processors: 2 });
  });

  test("lets others have the processors that the model does not use", () => {
    expect(judgeLooks(looksAt(many({ others: 0.9 })), machine(1)).busy).toBeUndefined();
    expect(judgeLooks(looksAt(many({ others: 1.5 })), machine(1)).busy).toBeDefined();
    // a host that takes takes from all
    expect(judgeLooks(looksAt(many({ stolen: 0.3 })), machine(1)).busy).toBeDefined();
  });

  test("keeps quiet blocks where there are enough of them, and names each", () => {
    const half = Array.from({ length: 20 }, (_, i): Block => ({ others: i % 2 }));
    const found = judgeLooks(looksAt(half), machine());
    expect(found.busy).toBeUndefined();
    expect(found.quiet).toEqual(half.map((_, i) => i % 2 === 0));
    const few = Array.from({ length: 20 }, (_, i): Block => ({ others: i % 5 === 0 ? 0 : 1 }));
    expect(judgeLooks(looksAt(few), machine()).busy?.quiet).toBeCloseTo(0.2, 9);
  });

  test("adds up what stays under the limit of a block: many blocks a little disturbed are busy", () => {
    expect(judgeLooks(looksAt(many({ others: 0.13 })), machine()).busy).toBeDefined();
  });

  test("is busy where the probe takes now short, now long, though no counter tells", () => {
    const swaying = Array.from({ length: 20 }, (_, i): Block => ({ probe: i % 4 === 0 ? 4 : 1 }));
    const { busy } = judgeLooks(looksAt(swaying), machine());
    expect(busy?.oneThread).toEqual({ median: 4, fastest: 4, slowest: 16 });
    // one slow look is a hiccup
    const once = Array.from({ length: 20 }, (_, i): Block => ({ probe: i === 7 ? 5 : 1 }));
    expect(judgeLooks(looksAt(once), machine()).busy).toBeUndefined();
  });

  test("is told with its numbers", () => {
    const spinning = many({}).map((_, i): Block => ({ others: 0.95, probe: 1 + (i % 3) * 2 }));
    const { busy } = judgeLooks(looksAt(spinning), machine());
    expect(busy && busyWords(busy)).toBe(
      "the machine was busy: other processes used 0.95 of 2 processors, a probe of 12 ms took 4 ms to 20 ms",
    );
    const robbed = judgeLooks(looksAt([...many({ stolen: 0.5 }), ...many({}, 3)]), machine()).busy;
    expect(robbed && busyWords(robbed)).toBe(
      "the machine was busy: other processes used 0.00 of 2 processors, the host took 0.43, a probe of 4 ms took 4 ms to 4 ms, 13 % of the time was quiet",
    );
  });
});

test("the real watch times a product on one thread and on all", async () => {
  const { openWatch } =
    await vi.importActual<typeof import("../../src/bench/watch.ts")>("../../src/bench/watch.ts");
  const watch = await openWatch(await openEngine(), 2);
  const { probed, reading } = await watch.look();
  await watch.dispose();
  expect(probed.oneThread).toBeGreaterThan(0);
  expect(probed.allThreads).toBeGreaterThan(0);
  expect(reading.wall).toBeGreaterThan(0);
  expect([watch.threads, watch.processors > 0]).toEqual([2, true]);
});
