// Energy from a made-up folder of meters: what is counted, what is not, wraps, and absence.
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { energyMeter, measureEnergy } from "../../src/bench/energy.ts";
import type { Variant } from "../../src/bench/latency.ts";

interface Fake {
  readonly name: string;
  readonly energy: string;
  readonly range?: number;
}

/** A folder as Linux has it. */
function powercap(zones: Readonly<Record<string, Fake>>): string {
  const root = mkdtempSync(join(tmpdir(), "minnow-power-"));
  onTestFinished(() => rmSync(root, { recursive: true }));
  for (const [folder, { name, energy, range = 1_000_000 }] of Object.entries(zones)) {
    mkdirSync(join(root, folder));
    writeFileSync(join(root, folder, "name"), `${name}\n`);
    writeFileSync(join(root, folder, "energy_uj"), `${energy}\n`);
    writeFileSync(join(root, folder, "max_energy_range_uj"), `${range}\n`);
  }
  return root;
}

const counterOf = (root: string, zone: string): string => join(root, zone, "energy_uj");

/** Moves the counter on, and back to the beginning at its end. */
function use(root: string, zone: string, microjoules: number, range = 1_000_000): void {
  const value = Number(readFileSync(counterOf(root, zone), "utf8")) + microjoules;
  writeFileSync(counterOf(root, zone), `${value % range}\n`);
}

describe("a meter", () => {
  test("is of whole packages alone", () => {
    const root = powercap({
      "intel-rapl:0": { name: "package-0", energy: "10" },
      "intel-rapl:0:0": { name: "core", energy: "10" },
      "intel-rapl:0:1": { name: "dram", energy: "10" },
      "intel-rapl:1": { name: "package-1-die-0", energy: "10" },
      "intel-rapl:2": { name: "psys", energy: "10" },
      "intel-rapl-mmio:0": { name: "package-0", energy: "10" },
    });
    const meter = energyMeter(root);
    expect(meter?.domains).toEqual(["package-0", "package-1-die-0"]);
    const used = meter?.start();
    for (const zone of [
      "intel-rapl:0",
      "intel-rapl:0:0",
      "intel-rapl:1",
      "intel-rapl:2",
      "intel-rapl-mmio:0",
    ])
      use(root, zone, 3000);
    expect(used?.()).toBeCloseTo(0.006, 12);
  });

  test("goes on where a counter begins anew", () => {
    const root = powercap({ "intel-rapl:0": { name: "package-0", energy: "999000" } });
    const used = energyMeter(root)?.start();
    use(root, "intel-rapl:0", 5000);
    expect(readFileSync(counterOf(root, "intel-rapl:0"), "utf8")).toBe("4000\n");
    expect(used?.()).toBeCloseTo(0.005, 12);
  });

  test.each([
    ["no folder", () => "/no/such/folder"],
    ["an empty folder", () => powercap({})],
    ["no package", () => powercap({ "intel-rapl:0": { name: "psys", energy: "1" } })],
    ["no number", () => powercap({ "intel-rapl:0": { name: "package-0", energy: "" } })],
    [
      "one package of two that does not tell",
      () =>
        powercap({
          "intel-rapl:0": { name: "package-0", energy: "1" },
          "intel-rapl:1": { name: "package-1", energy: "-" },
        }),
    ],
  ])("is not there with %s", (_title, root) => {
    expect(energyMeter(root())).toBeUndefined();
  });

  test("is not there where it cannot be read", () => {
    const root = powercap({ "intel-rapl:0": { name: "package-0", energy: "1" } });
    rmSync(counterOf(root, "intel-rapl:0"));
    // whoever may read everything still reads no folder
    mkdirSync(counterOf(root, "intel-rapl:0"));
    expect(energyMeter(root)).toBeUndefined();
  });
});

describe("measureEnergy", () => {
  /** Variants that take a millisecond and some microjoules for each call, on a clock of their own. */
  function world(costs: Readonly<Record<string, (item: number) => number>>, range = 1_000_000) {
    const root = powercap({ "intel-rapl:0": { name: "package-0", energy: "0", range } });
    const meter = energyMeter(root);
    if (!meter) throw new Error("no meter");
    let time = 0;
    const log: string[] = [];
    const variants: Variant[] = Object.entries(costs).map(([name, cost]) => ({
      name,
      async run(item) {
        log.push(`${name}${item}`);
        time++;
        use(root, "intel-rapl:0", cost(item), range);
      },
    }));
    return { variants, log, options: { meter, items: 4, turnMs: 4, seed: 7, now: () => time } };
  }

  test("gives joules for 1,000 items, through wraps, of each variant its own", async () => {
    const { variants, options } = world({ a: () => 2000, b: () => 500 }, 30_000);
    const found = await measureEnergy(variants, options);
    expect(found?.map(({ domains }) => domains)).toEqual([["package-0"], ["package-0"]]);
    for (const [i, joules] of [2, 0.5].entries()) {
      const { value, low, high } = found?.[i]?.joulesPerThousand ?? {};
      for (const figure of [value, low, high]) expect(figure).toBeCloseTo(joules, 9);
    }
  });

  test("takes turns, forth and back, each opened by a call that is not counted", async () => {
    const { variants, log, options } = world({ a: () => 10, b: () => 10 });
    await measureEnergy(variants, options);
    const turns = ["a", "b", "b", "a"].flatMap((name) => Array.from({ length: 5 }, () => name));
    expect(log.slice(0, 20).map((call) => call[0])).toEqual(turns);
    expect(log).toHaveLength(10 * 2 * 5);
    // items follow each other over the turns
    const own = log.filter((call) => call.startsWith("a")).map((call) => Number(call.slice(1)));
    expect(own).toEqual(own.map((_, i) => i % 4));
  });

  test("has an interval around its value where turns differ", async () => {
    let calls = 0;
    const { variants, options } = world({ a: () => (calls++ % 50 < 25 ? 1000 : 3000) });
    const {
      value = 0,
      low = 0,
      high = 0,
    } = (await measureEnergy(variants, options))?.[0]?.joulesPerThousand ?? {};
    expect(low).toBeLessThan(value);
    expect(high).toBeGreaterThan(value);
  });

  test("gives nothing where the meter stands still", async () => {
    const { variants, options } = world({ a: () => 0, b: () => 0 });
    expect(await measureEnergy(variants, options)).toBeUndefined();
  });

  test("ends when it is told to", async () => {
    const { variants, options } = world({ a: () => 10 });
    await expect(measureEnergy(variants, { ...options, signal: AbortSignal.abort() })).rejects.toThrow(
      "interrupted",
    );
  });
});
