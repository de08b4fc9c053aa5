// The one error class: what went wrong, where, why, and what to do about it.
import { printable } from "./printable.ts";

/** Exit code of each kind of failure (the table in docs/exit-codes.md). */
export const exitCodes = {
  gate: 1,
  usage: 2,
  internal: 2,
  input: 3,
  diverged: 4,
  resource: 5,
  locked: 6,
  interrupted: 130,
  terminated: 143,
  pipe: 141,
} as const;

export type ErrorKind = keyof typeof exitCodes;

export interface ErrorDetails {
  /** File, `file:line:column`, tensor or layer that the error is about. */
  readonly path?: string;
  /** Values that explain the error, for `--json`. */
  readonly facts?: Readonly<Record<string, unknown>>;
  /** What the user can do. */
  readonly hint?: string;
  readonly cause?: unknown;
}

/**
 * A failure that minnow understands: printed as `path: message. Hint: ...`, its kind decides the exit code. Message and hint
 * are made printable here, whatever they quote; the path stays as it is, for who opens it, and `describe` makes it so.
 */
export class AppError extends Error {
  readonly kind: ErrorKind;
  readonly path: string | undefined;
  readonly facts: Readonly<Record<string, unknown>>;
  readonly hint: string | undefined;

  constructor(kind: ErrorKind, message: string, details: ErrorDetails = {}) {
    super(printable(message), details.cause === undefined ? undefined : { cause: details.cause });
    this.name = "AppError";
    this.kind = kind;
    this.path = details.path;
    this.facts = details.facts ?? {};
    this.hint = details.hint === undefined ? undefined : printable(details.hint);
  }

  get exitCode(): number {
    return exitCodes[this.kind];
  }

  /** `path: message. Hint: hint`, on one line. */
  describe(): string {
    const where = this.path === undefined ? "" : `${printable(this.path)}: `;
    const hint = this.hint === undefined ? "" : ` Hint: ${this.hint}`;
    const end = /[.!?]$/.test(this.message) ? "" : ".";
    return `${where}${this.message}${hint === "" ? "" : end}${hint}`;
  }
}

/** An `input` error of what is right in its format and that minnow does not read; `isUnread` tells it from broken input. */
export const unread = (message: string, details: ErrorDetails = {}): AppError =>
  new AppError("input", message, { ...details, facts: { ...details.facts, unread: true } });

export const isUnread = (error: unknown): error is AppError =>
  error instanceof AppError && error.facts.unread === true;

/** An error that only a defect of minnow can cause. */
export function defect(message: string, facts: Readonly<Record<string, unknown>> = {}): AppError {
  return new AppError("internal", message, { facts, hint: "this is a defect of minnow; please report it" });
}

/** The value, or a defect named `what` when it is undefined. */
export function must<T>(value: T | undefined | null, what: string): T {
  if (value === undefined || value === null) throw defect(`${what} is missing`);
  return value;
}
