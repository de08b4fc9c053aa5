// Engines: what runs a graph.
export type { CompileOptions, Engine, Session } from "./engine.ts";
