// The address of a queue's Redis server: where it comes from, and how it is told without its password.
import { AppError, type Emit } from "../base/index.ts";

/** Name of the variable of the environment that holds the address. */
export const ADDRESS_VARIABLE = "MINNOW_QUEUE";

/** The address that was given, else that of the environment. One whose password other users can see is warned of. */
export function queueAddress(
  flag: string | undefined,
  env: Readonly<Record<string, string | undefined>>,
  emit: Emit,
): string | undefined {
  if (flag === undefined) return env[ADDRESS_VARIABLE] || undefined;
  if (URL.parse(flag)?.password) {
    const message = `every user of this machine sees the password of --queue in the list of processes; let ${ADDRESS_VARIABLE} hold the address`;
    emit({ kind: "note", level: "warning", message });
  }
  return flag;
}

/** The address as it may be told: scheme, host and port; AppError `usage` where it is none of Redis. */
export function toldAddress(url: string): string {
  const parsed = URL.parse(url);
  if (parsed && /^rediss?:$/.test(parsed.protocol) && parsed.host !== "")
    return `${parsed.protocol}//${parsed.host}`;
  // whatever stands before an @ or behind a ? may be a password, also where the scheme was forgotten
  const rest = url.replace(/^(\w+:\/\/)?.*@/s, "$1").replace(/[?#].*$/s, "");
  throw new AppError("usage", `${JSON.stringify(rest)} is no address of a Redis server`, {
    path: "--queue",
    hint: "--queue redis://host:6379",
  });
}

/** The text without the passwords of the address. */
export function withoutPasswords(text: string, url: string): string {
  const parsed = URL.parse(url);
  const given = [parsed?.password, ...(parsed?.searchParams.getAll("password") ?? [])];
  const secrets = given.flatMap((one) => (one ? [one, decoded(one)] : []));
  return secrets.reduce((rest, secret) => rest.replaceAll(secret, "***"), text);
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
