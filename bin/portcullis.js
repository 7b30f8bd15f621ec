#!/usr/bin/env node
// Plain old JavaScript, so that an old Node.js can read it and say what is wrong.
import { spawn } from "child_process";
import { existsSync } from "fs";
import { fileURLToPath } from "url";

const NEEDED = 24;
/** Names the pipe whose other end the launcher holds: it closes when that is gone, however it went. */
const LAUNCHER = "LAUNCHER_OF_PORTCULLIS";
const near = (path) => new URL(path, import.meta.url);

/**
 * Where a file of the build is that another of them names: exactly there, and it is a module. Asked of the disk, for hundreds of files, that
 * takes longer than to read them all.
 */
function resolveOwn(folder) {
  return (specifier, context, next) =>
    specifier.startsWith(".") && context.parentURL !== undefined && context.parentURL.startsWith(folder)
      ? { url: new URL(specifier, context.parentURL).href, format: "module", shortCircuit: true }
      : next(specifier, context);
}

/** Ends as if told to where the launcher was ended and could not say so. */
async function followLauncher(fd) {
  const { Socket } = await import("node:net");
  const launcher = new Socket({ fd, readable: true, writable: false });
  launcher.on("error", () => undefined);
  launcher.on("close", () => process.kill(process.pid, "SIGTERM"));
  launcher.resume();
  launcher.unref();
}

if (Number(process.versions.node.split(".")[0]) >= NEEDED) {
  const fd = Number(process.env[LAUNCHER]);
  // No server is to see it.
  delete process.env[LAUNCHER];
  if (fd > 2) void followLauncher(fd);
  // A checkout that was not built yet runs from its source.
  const built = near("../dist/cli/cli.js");
  const program = existsSync(fileURLToPath(built)) ? built : near("../src/cli/cli.ts");
  void import("node:module").then((module) => {
    module.enableCompileCache();
    if (program === built) module.registerHooks({ resolve: resolveOwn(near("../dist/").href) });
    return import(program.href);
  });
} else {
  // A checkout carries its own Node.js; an installed package does not.
  const own = fileURLToPath(near("../node_modules/.bin/node"));
  if (existsSync(own)) {
    const child = spawn(own, process.argv.slice(1), {
      env: { ...process.env, [LAUNCHER]: "3" },
      stdio: ["inherit", "inherit", "inherit", "pipe"],
    });
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
