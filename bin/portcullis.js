#!/usr/bin/env node
// Plain old JavaScript, so that an old Node.js can read it and say what is wrong.
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";

const NEEDED = 24;
if (Number(process.versions.node.split(".")[0]) >= NEEDED) {
  const { enableCompileCache } = await import("node:module");
  enableCompileCache();
  await import("../dist/cli/cli.js");
} else {
  // A checkout carries its own Node.js; an installed package does not.
  const own = fileURLToPath(new URL("../node_modules/.bin/node", import.meta.url));
  if (existsSync(own)) {
    const child = spawn(own, process.argv.slice(1), { stdio: "inherit" });
    for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, () => child.kill(signal));
    child.on("exit", (code, signal) => (signal === null ? process.exit(code) : process.kill(process.pid, signal)));
  } else {
    console.error(`portcullis needs Node.js ${NEEDED} or newer, and this is ${process.versions.node}: install it from https://nodejs.org`);
    process.exit(2);
  }
}
