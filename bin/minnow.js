#!/usr/bin/env node
// Starts the command line that `npm run build` made.
import { start } from "../dist/cli/start.js";

start();
