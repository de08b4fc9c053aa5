// What it costs to run each stage: money, where the recipe gives a price, and energy, where there is a meter.
import type { Interval, RunRecord } from "../record/index.ts";
import { batchesOf, type Table } from "./tables.ts";
import { digits } from "./words.ts";

/** The tables of those figures that are there. */
export const runningTables = (record: RunRecord): readonly Table[] =>
  [priceTable(record), energyTable(record)].filter((table) => table !== undefined);

const cells = ({ value, low, high }: Interval): string[] => [
  digits(value),
  `${digits(low)} to ${digits(high)}`,
];

function priceTable({ stages, price }: RunRecord): Table | undefined {
  if (!price) return undefined;
  const rows = batchesOf(stages).flatMap((batch) =>
    stages.flatMap(({ name, latency }) =>
      latency.flatMap(({ batch: own, costPerMillion: cost }) =>
        own === batch && cost ? [[name, String(batch), ...cells(cost)]] : [],
      ),
    ),
  );
  if (rows.length === 0) return undefined;
  return {
    title: `Cost by stage, at ${price.perHour} ${price.currency} an hour`,
    head: ["Stage", "Batch", `${price.currency} for a million items`, "95 % interval"],
    rows,
    numbers: 1,
  };
}

function energyTable({ stages }: RunRecord): Table | undefined {
  const rows = stages.flatMap(({ name, energy }) =>
    energy ? [[name, ...cells(energy.joulesPerThousand), energy.domains.join(", ")]] : [],
  );
  if (rows.length === 0) return undefined;
  return {
    title: "Energy by stage",
    head: ["Stage", "Joules for 1,000 items", "95 % interval", "Meters"],
    rows,
    numbers: 1,
  };
}

/** How these figures came about. */
export const runningWays = ({
  stages,
  price,
}: RunRecord): readonly (readonly [what: string, how: string])[] =>
  [
    price && stages.some(({ latency }) => latency.some((row) => row.costPerMillion)) && ways.cost,
    stages.some(({ energy }) => energy) && ways.energy,
  ].filter((entry) => entry !== undefined && entry !== false);

const ways = {
  cost: [
    "Cost",
    "The price of an hour over the items of an hour, by the mean time of a call: one machine that is fully used " +
      "by this model alone, one call at a time, tokenization apart. The interval is that of the throughput.",
  ],
  energy: [
    "Energy",
    "What the meters of whole processor packages counted while the stages took turns at batch 1, nothing " +
      "subtracted: idle power and other processes are in it. The interval is a bootstrap over turns.",
  ],
} as const;
