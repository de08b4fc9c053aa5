// A quiet machine for tests in this process: they run side by side, so a real look would find every one of them busy.
import { vi } from "vitest";
import type { Watch } from "../src/bench/index.ts";

vi.mock("../src/bench/watch.ts", async (original) => ({
  ...(await original<typeof import("../src/bench/watch.ts")>()),
  openWatch: async (): Promise<Watch> => ({
    processors: 2,
    threads: 2,
    async look() {
      const wall = performance.now();
      return { reading: { wall, own: wall, all: wall, stolen: 0 }, probed: { oneThread: 4, allThreads: 2 } };
    },
    dispose: async () => undefined,
  }),
}));
