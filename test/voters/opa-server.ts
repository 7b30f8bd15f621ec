import { type ChildProcess, execFile, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import { setTimeout as later } from "node:timers/promises";
import { promisify } from "node:util";
import { freePort } from "../free-port.ts";

const VERSION = "v1.4.2";
const HOME = resolve("node_modules/.cache/portcullis-opa", VERSION);

function runs(command: string, ...args: readonly string[]): boolean {
  try {
    execFileSync(command, args, { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}

/** The OPA program that there is: `OPA_BIN`, one that was built here before, or one in PATH. */
function present(): string | undefined {
  return [process.env["OPA_BIN"], join(HOME, "opa"), "opa"].find(
    (command) =>
      command !== undefined && (command === "opa" || existsSync(command)) && runs(command, "version"),
  );
}

/** Why there can be no OPA server on this machine, or undefined where there can. */
export const NO_OPA: string | undefined =
  present() === undefined && !runs("go", "version") ? "no OPA, and no Go to build it" : undefined;

/** The real OPA; built from the Go module proxy, once for a checkout, where the machine has none. */
export async function opaProgram(): Promise<string> {
  const found = present();
  if (found !== undefined) return found;
  const env = { ...process.env, GOBIN: HOME, GOFLAGS: "-buildvcs=false", CGO_ENABLED: "0" };
  await promisify(execFile)("go", ["install", `github.com/open-policy-agent/opa@${VERSION}`], { env });
  return join(HOME, "opa");
}

export interface OpaServer {
  /** `http://127.0.0.1:PORT` */
  readonly url: string;
  readonly child: ChildProcess;
  readonly stop: () => Promise<void>;
}

/** Starts the real OPA server over these files, and waits until it answers. */
export async function startOpa(program: string, ...files: readonly string[]): Promise<OpaServer> {
  const url = `http://127.0.0.1:${await freePort()}`;
  const args = ["run", "--server", "--addr", url.slice("http://".length), "--disable-telemetry", ...files];
  const child = spawn(program, args, { stdio: ["ignore", "ignore", "pipe"] });
  let errors = "";
  child.stderr.on("data", (piece: Buffer) => void (errors += piece.toString()));
  const answers = (): Promise<boolean> =>
    fetch(`${url}/health`).then(
      ({ ok }) => ok,
      () => false,
    );
  while (!(await answers())) {
    if (child.exitCode !== null) throw new Error(`OPA ended: ${errors}`);
    await later(50);
  }
  return {
    url,
    child,
    async stop() {
      if (child.exitCode !== null || child.signalCode !== null) return;
      child.kill("SIGKILL");
      await once(child, "exit");
    },
  };
}
