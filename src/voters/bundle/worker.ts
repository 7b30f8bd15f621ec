import { parentPort, workerData } from "node:worker_threads";
import { type LoadedPolicy, loadPolicy } from "@open-policy-agent/opa-wasm";
import type { Errand, Reply } from "./letter.ts";

/** 64 KiB each: 64 MiB. */
const PAGES = { initial: 16, maximum: 1024 } as const;

const port = parentPort;
if (port === null) throw new Error("this file is a worker thread of a voter");
const { wasm, data, entrypoint } = workerData as Errand;

/** The library throws texts and plain objects too. */
function messageOf(error: unknown): string {
  if (typeof error === "object" && error !== null && "message" in error) return String(error.message);
  return String(error);
}

/** As far as it may be written down: what a built-in function throws may quote an argument. */
function failureOf(error: unknown): string {
  return error instanceof Error && !["RuntimeError", "RangeError"].includes(error.name)
    ? error.name
    : messageOf(error);
}

async function load(): Promise<LoadedPolicy> {
  const policy = await loadPolicy(wasm, { ...PAGES });
  policy.setData(JSON.parse(data) as object);
  return policy;
}

function say(reply: Reply): void {
  port?.postMessage(reply);
}

let policy: LoadedPolicy | undefined;

async function evaluate(input: string): Promise<Reply> {
  try {
    policy ??= await load();
    const bytes = new TextEncoder().encode(input).buffer;
    return { kind: "result", json: JSON.stringify(policy.evaluate(bytes, entrypoint)) };
  } catch (error) {
    // Nobody knows what an evaluation that broke off has left in its memory.
    policy = undefined;
    return { kind: "failed", why: failureOf(error) };
  }
}

try {
  policy = await load();
  const known = Object.keys(policy.entrypoints as object);
  if (!known.includes(entrypoint))
    throw new Error(`has no entrypoint ${entrypoint}, but ${known.join(", ")}`);
  port.on("message", (input: string) => void evaluate(input).then(say));
  say({ kind: "ready" });
} catch (error) {
  say({ kind: "useless", why: messageOf(error) });
}
