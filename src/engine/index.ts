// Engines: what runs a graph. Each opens on first use.
import { AppError } from "../base/index.ts";
import type { Engine } from "./engine.ts";

const engines: Readonly<Record<string, () => Promise<Engine>>> = {
  ort: async () => (await import("./ort.ts")).openOrt(),
};

/** The engine of a name; "ort" (ONNX Runtime) is the default. */
export async function openEngine(name = "ort"): Promise<Engine> {
  const open = engines[name];
  if (!open)
    throw new AppError("usage", `there is no engine ${name}`, {
      hint: `known: ${Object.keys(engines).join(", ")}`,
    });
  return open();
}

export type { CompileOptions, Engine, Provider, Session } from "./engine.ts";
export { runInPieces } from "./pieces.ts";
export { classOutput, type Port, type Ports, portsOf, portText } from "./ports.ts";
