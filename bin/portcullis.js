#!/usr/bin/env node
// Plain old JavaScript, so that an old Node.js can read it and say what is wrong.
import { spawn } from "child_process";
import { existsSync } from "fs";
import { fileURLToPath } from "url";

const NEEDED = 24;
const near = (path) => new URL(path, import.meta.url);

if (Number(process.versions.node.split(".")[0]) >= NEEDED) {
  // A checkout that was not built yet runs from its source.
  const built = near("../dist/cli/cli.js");
  const program = existsSync(fileURLToPath(built)) ? built : near("../src/cli/cli.ts");
  void import("node:module").then((module) => {
    module.enableCompileCache();
    return import(program.href);
  });
} else {
  // A checkout carries its own Node.js; an installed package does not.
  const own = fileURLToPath(near("../node_modules/.bin/node"));
  if (existsSync(own)) {
    const child = spawn(own, process.argv.slice(1), { stdio: "inherit" });
    for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, () => child.kill(signal));
    child.on("exit", (code, signal) => {
      if (signal === null) process.exit(code);
      for (const each of ["SIGINT", "SIGTERM", "SIGHUP"]) process.removeAllListeners(each);
      process.kill(process.pid, signal);
    });
  } else {
    console.error(
      `portcullis needs Node.js ${NEEDED} or newer, and this is ${process.versions.node}: get it from https://nodejs.org`,
    );
    process.exit(2);
  }
}
