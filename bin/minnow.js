#!/usr/bin/env node
// Starts the command line that `npm run build` made.
import("../dist/cli/start.js").then(
  ({ start }) => start(),
  (cause) => {
    // nothing of minnow is there yet: what it would have called it is not known here
    console.error(`error: minnow cannot be loaded: ${cause.message}`);
    process.exitCode = ["EMFILE", "ENFILE", "ENOMEM", "EIO"].includes(cause.code) ? 5 : 2;
  },
);
