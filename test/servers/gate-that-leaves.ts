// A program that opens a process-backed leg and then ends, by `exit` or by a signal from outside, without closing it.
// Prints the process ids of the server and of the grandchild that the server started.
import type { Listener } from "../../src/upstream/leg.ts";
import { openUpstream } from "../../src/upstream/upstream.ts";
import { frameOf } from "../../src/wire/frame.ts";

const [wrong = "", way = "exit"] = process.argv.slice(2);
const quiet = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
};
const upstream = openUpstream(
  {
    transport: "stdio",
    name: "unruly",
    command: process.execPath,
    args: [`${import.meta.dirname}/unruly-stdio.ts`, wrong],
    env: {},
    cwd: import.meta.dirname,
    secrets: [],
    prefix: undefined,
    timeout_ms: 10_000,
    sessions: 4,
    resource_args: [],
  },
  { log: quiet, now: Date.now },
);
const silent: Listener = () => undefined;
const leg = await upstream.connect("one", "legacy");
const pidOf = async (id: number, name: string): Promise<string> => {
  const frame = frameOf({ kind: "request", id, method: "tools/call", params: { name } });
  const ending = await leg.ask(frame, {}, silent, new AbortController().signal);
  return ending.kind === "answer" ? (/"text":"(\d+)"/.exec(ending.frame.bytes.toString())?.[1] ?? "") : "";
};
process.on("SIGTERM", () => {
  upstream.close().then(
    () => process.exit(0),
    () => process.exit(1),
  );
});
console.log(`${await pidOf(1, "pid")} ${await pidOf(2, "fork")}`);
if (way === "exit") process.exit(0);
