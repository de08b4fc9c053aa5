// The language of requirements: every form is read as what it says, every slip is told with its column.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { AppError } from "../../src/base/index.ts";
import {
  operators,
  parseRequirement,
  printRequirement,
  quantitiesWith,
  type Requirement,
} from "../../src/gate/index.ts";
import { classMetrics } from "../../src/tasks/index.ts";

const metrics = Object.values(classMetrics);

/** What was understood, without the text it was read from. */
function read(text: string): Requirement {
  const {
    text: _,
    wrongStage: __,
    measure: ___,
    ...requirement
  } = parseRequirement(text, { baseline: true, metrics });
  return requirement;
}

const forms: readonly (readonly [text: string, expected: Requirement])[] = [
  ["bytes <= 2 MB", { quantity: "bytes", operator: "<=", bound: { base: { value: 2, unit: "MB" } } }],
  ["bytes<=2MB", { quantity: "bytes", operator: "<=", bound: { base: { value: 2, unit: "MB" } } }],
  ["  kl\t< .5 ", { quantity: "kl", operator: "<", bound: { base: { value: 0.5, unit: "" } } }],
  ["kl < 5e-2 nats", { quantity: "kl", operator: "<", bound: { base: { value: 0.05, unit: "nats" } } }],
  ["accuracy > 90%", { quantity: "accuracy", operator: ">", bound: { base: { value: 90, unit: "%" } } }],
  ["accuracy >= 1", { quantity: "accuracy", operator: ">=", bound: { base: { value: 1, unit: "" } } }],
  ["speedup >= 2x", { quantity: "speedup", operator: ">=", bound: { base: { value: 2, unit: "x" } } }],
  ["speedup >= 2", { quantity: "speedup", operator: ">=", bound: { base: { value: 2, unit: "" } } }],
  [
    "speedup >= 0.9x baseline",
    { quantity: "speedup", operator: ">=", bound: { base: { reference: "baseline", factor: 0.9 } } },
  ],
  [
    "speedup >= 2x - 0.1x",
    {
      quantity: "speedup",
      operator: ">=",
      bound: { base: { value: 2, unit: "x" }, offset: { sign: -1, amount: { value: 0.1, unit: "x" } } },
    },
  ],
  ["parameters < 5e6", { quantity: "parameters", operator: "<", bound: { base: { value: 5e6, unit: "" } } }],
  [
    "run.seconds <= 600 s",
    { quantity: "run.seconds", operator: "<=", bound: { base: { value: 600, unit: "s" } } },
  ],
  [
    "accuracy >= teacher",
    { quantity: "accuracy", operator: ">=", bound: { base: { reference: "teacher" } } },
  ],
  [
    "accuracy >= baseline",
    { quantity: "accuracy", operator: ">=", bound: { base: { reference: "baseline" } } },
  ],
  [
    "accuracy >= teacher-1pt",
    {
      quantity: "accuracy",
      operator: ">=",
      bound: { base: { reference: "teacher" }, offset: { sign: -1, amount: { value: 1, unit: "pt" } } },
    },
  ],
  [
    "accuracy >= 95% - 1.5 pt",
    {
      quantity: "accuracy",
      operator: ">=",
      bound: { base: { value: 95, unit: "%" }, offset: { sign: -1, amount: { value: 1.5, unit: "pt" } } },
    },
  ],
  [
    "latency.p95 <= 0.3x teacher",
    {
      quantity: "latency.p95",
      operator: "<=",
      bound: { base: { reference: "teacher", factor: 0.3 } },
    },
  ],
  [
    "latency.p50 <= 2 x teacher + 50us",
    {
      quantity: "latency.p50",
      operator: "<=",
      bound: {
        base: { reference: "teacher", factor: 2 },
        offset: { sign: 1, amount: { value: 50, unit: "us" } },
      },
    },
  ],
  [
    "accuracy of prune.heads 2 >= 0.9",
    {
      quantity: "accuracy",
      stage: "prune.heads 2",
      operator: ">=",
      bound: { base: { value: 0.9, unit: "" } },
    },
  ],
  [
    'bytes of "a \\"<b" < 1 KiB',
    { quantity: "bytes", stage: 'a "<b', operator: "<", bound: { base: { value: 1, unit: "KiB" } } },
  ],
];

describe("a requirement", () => {
  it.each(forms)("%s", (text, expected) => {
    expect(read(text)).toEqual(expected);
    expect(parseRequirement(text, { baseline: true, metrics }).text).toBe(text.trim());
  });

  const bases = [...quantitiesWith(metrics)].map(([quantity, { dimension, whole, relative }]) => {
    const number = fc
      .double({ min: 0, max: 1e12, noNaN: true })
      .map((value) => (Object.is(value, -0) ? 0 : value));
    const amount = (units: Readonly<Record<string, number>>, most = Number.POSITIVE_INFINITY) =>
      fc
        .record({ value: number, unit: fc.constantFrom(...Object.keys(units)) })
        .filter(({ value, unit }) => value * (units[unit] ?? 0) <= most / (1 + 1e-9) || value === 0);
    const small = fc.record({
      value: fc.double({ min: 0, max: 0.99, noNaN: true }),
      unit: fc.constantFrom(...Object.keys(dimension.units)),
    });
    const reference = fc.constantFrom(
      ...(relative ? (["baseline"] as const) : (["teacher", "baseline"] as const)),
    );
    return fc
      .record(
        {
          quantity: fc.constant(quantity),
          stage: fc.oneof(
            fc.constantFrom("distill", "prune.heads 2", "teacher", "of of"),
            fc.string({ minLength: 1, unit: "grapheme" }),
          ),
          operator: fc.constantFrom(...(Object.keys(operators) as (keyof typeof operators)[])),
          bound: fc.record(
            {
              base: fc.oneof(
                dimension.most === undefined ? amount(dimension.units) : small,
                fc.record({ reference, factor: number }, { requiredKeys: ["reference"] }),
              ),
              offset: fc.record({
                sign: fc.constantFrom(1 as const, -1 as const),
                amount: amount(dimension.differences),
              }),
            },
            { requiredKeys: ["base"] },
          ),
        },
        { requiredKeys: ["quantity", "operator", "bound"] },
      )
      .map(({ stage, ...rest }) => (stage === undefined || whole ? rest : { ...rest, stage }));
  });

  it("that is printed is read as the same", () => {
    fc.assert(
      fc.property(fc.oneof(...bases), (requirement) => {
        const text = printRequirement(requirement as Requirement);
        expect(read(text)).toEqual(requirement);
        expect(printRequirement(read(text))).toBe(text);
      }),
      { numRuns: 1000 },
    );
  });

  it("of any text is read or refused with a column inside it", () => {
    const words = fc.constantFrom(
      ...[
        "accuracy",
        "bytes",
        "of",
        "distill",
        ">=",
        "<",
        "=",
        "1",
        ".",
        "2e9",
        "x",
        "%",
        "pt",
        "MB",
        "teacher",
      ],
      ...["baseline", "+", "-", '"', " ", "\t", "\u0000", "é", "😀"],
    );
    fc.assert(
      fc.property(fc.array(fc.oneof(words, fc.string({ maxLength: 3 })), { maxLength: 8 }), (parts) => {
        const text = parts.join("");
        try {
          parseRequirement(text, { metrics });
        } catch (error) {
          if (!(error instanceof AppError)) throw error;
          const { column } = error.facts;
          expect(error.kind).toBe("usage");
          expect(column).toBeGreaterThanOrEqual(1);
          expect(column).toBeLessThanOrEqual([...text].length + 1);
        }
      }),
      { numRuns: 1000 },
    );
  });
});

/** Text, the column of its caret, the message, the hint. */
const slips: readonly (readonly [string, number, string, string?])[] = [
  ["", 1, "expected a quantity, such as accuracy or bytes; the requirement ends here"],
  [">= 1", 1, 'expected a quantity, such as accuracy or bytes, not ">="'],
  ["acuracy >= 1", 1, 'expected a quantity, not "acuracy"', 'did you mean "accuracy"?'],
  [" Bytes <= 1", 2, 'expected a quantity, not "Bytes"', 'did you mean "bytes"?'],
  ["latency.p59 < 1", 1, 'expected a quantity, not "latency.p59"', 'did you mean "latency.p50"?'],
  ["bytes", 6, "expected of STAGE or one of >= <= > <; the requirement ends here"],
  ["p95 < 1", 1, 'expected a quantity, not "p95"', 'did you mean "latency.p95"?'],
  [
    "latency < 1 ms",
    1,
    'expected a quantity, not "latency"',
    'did you mean "latency.p50" or "latency.p90" or "latency.p95" or "latency.p99"?',
  ],
  ["size <= 1 MB", 1, 'expected a quantity, not "size"', 'did you mean "bytes"?'],
  ["bytes off distill < 1", 7, 'expected of STAGE or one of >= <= > <, not "off"', 'did you mean "of"?'],
  ["bytes => 1", 7, 'expected of STAGE or one of >= <= > <, not "=>"'],
  ["bytes == 1", 7, 'expected of STAGE or one of >= <= > <, not "=="'],
  ["bytes ≤ 1", 7, 'expected of STAGE or one of >= <= > <, not "≤"'],
  ["bytes of distill", 17, "expected one of >= <= > <; the requirement ends here"],
  ["bytes of < 1", 10, 'expected the name of a stage, not "<"'],
  ['bytes of "" < 1', 10, 'expected the name of a stage, not "\\"\\""'],
  ["run.seconds of distill < 1", 13, "run.seconds belongs to the run, not to a stage"],
  ["bytes <=", 9, "expected a number, teacher or baseline; the requirement ends here"],
  ["bytes <= -2", 10, 'expected a number, teacher or baseline, not "-2"'],
  ["bytes <= .", 10, 'expected a number, not "."'],
  ["bytes <= 1e999", 10, "1e999 is too large a number"],
  [
    "bytes <= teecher",
    10,
    'expected a number, teacher or baseline, not "teecher"',
    'did you mean "teacher"?',
  ],
  ["bytes <= 2x", 12, "expected teacher or baseline; the requirement ends here"],
  ["bytes <= 2x techer", 13, 'expected teacher or baseline, not "techer"', 'did you mean "teacher"?'],
  [
    "bytes <= 0.3 teacher",
    14,
    "expected x between the number and what it multiplies",
    "write it as 0.3x teacher",
  ],
  ["bytes <= 2 mo", 12, 'expected B, kB, MB, GB, KiB, MiB, GiB or no unit, not "mo"', 'did you mean "MB"?'],
  ["bytes <= 2 ms", 12, 'expected B, kB, MB, GB, KiB, MiB, GiB or no unit, not "ms"', 'did you mean "MB"?'],
  ["parameters <= 2 MB", 17, 'expected no unit, not "MB"'],
  ["latency.p50 <= 2 MB", 18, 'expected ms, s, us or no unit, not "MB"', 'did you mean "ms"?'],
  ["accuracy >= 95", 13, "expected at most 100.00 %", "did you mean 95%?"],
  ["accuracy >= 101%", 13, "expected at most 100.00 %"],
  ["accuracy >= 1pt", 14, 'expected % or no unit, not "pt"', "pt is for differences: teacher - 1pt"],
  [
    "accuracy >= teacher - 1%",
    24,
    'expected pt, not "%"',
    "1pt is one percentage point; for a part of it write 0.99x teacher",
  ],
  [
    "accuracy >= teacher - 1",
    24,
    "expected pt; the requirement ends here",
    "1pt is one percentage point; for a part of it write 0.99x teacher",
  ],
  ["accuracy >= teacher -", 22, "expected a number; the requirement ends here"],
  ["accuracy >= teacher - 1pt more", 27, 'expected the end, not "more"'],
  ["bytes <= 2 MB 3", 15, 'expected +, - or the end, not "3"'],
  ["kl <= teacher", 7, "expected a number: kl has no value for the teacher"],
  ["speedup >= 2x teacher", 15, "expected a number: speedup has no value for the teacher"],
  ["bytes <= baseline", 10, "there is no baseline", "minnow gate takes an earlier report by --baseline FILE"],
  [
    "bytes <= 1.1x baseline",
    15,
    "there is no baseline",
    "minnow gate takes an earlier report by --baseline FILE",
  ],
  ["😀 >= 1", 1, 'expected a quantity, such as accuracy or bytes, not "😀"'],
  ["bytes of 😀 ! 1", 15, "expected one of >= <= > <; the requirement ends here"],
];

describe("a slip", () => {
  it.each(slips.map(([text, column, message, hint]) => [text, column, message, hint] as const))(
    "%s",
    (text, column, message, hint) => {
      const error = caught(text);
      expect([error.kind, error.path, error.message, error.hint]).toEqual([
        "usage",
        `--require:${column}`,
        message,
        hint,
      ]);
      expect(error.facts).toEqual({
        requirement: text,
        column,
        excerpt: `${text}\n${" ".repeat(column - 1)}^`,
      });
    },
  );

  it("in a report without metrics says why it has none, unless a name is near", () => {
    const unmeasured = "its run had no test data";
    const hint = (text: string) => expect.objectContaining({ hint: text });
    const read = (text: string) => () => parseRequirement(text, { unmeasured });
    expect(read("accuracy >= 1")).toThrow(hint(unmeasured));
    expect(read("byts >= 1")).toThrow(hint('did you mean "bytes"?'));
  });

  it("in a text that could steer a terminal is shown without doing so", () => {
    const { excerpt } = caught("bytes\u001b[31m\n<= x").facts;
    expect(excerpt).toBe("bytes\\x1b[31m\\n<= x\n     ^");
  });
});

function caught(text: string): AppError {
  try {
    parseRequirement(text, { metrics });
  } catch (error) {
    if (error instanceof AppError) return error;
    throw error;
  }
  throw new Error(`${text} was read`);
}
