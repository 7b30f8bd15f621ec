// A server that does one odd thing, named by its first argument. Its messages are made by hand.
import { createInterface } from "node:readline";

const [what = "", how = ""] = process.argv.slice(2);

interface Request {
  readonly id?: unknown;
  readonly method?: string;
}

function say(message: object): void {
  process.stdout.write(`${JSON.stringify({ jsonrpc: "2.0", ...message })}\n`);
}

/** Everything a process is given by who starts it. */
function facts(): object {
  const env = Object.fromEntries(Object.entries(process.env).sort(([a], [b]) => (a < b ? -1 : 1)));
  return { env, cwd: process.cwd(), args: process.argv.slice(2) };
}

const started: Record<string, () => void> = {
  facts() {
    say({ method: "notifications/facts", params: facts() });
    process.stderr.write("words for \u001b[1mwhoever\u001b[0m started it\nand half a line");
  },
  noise: () => void process.stdout.write("Debugger attached.\n"),
  signals() {
    for (const signal of ["SIGTERM", "SIGINT", "SIGHUP", "SIGUSR2"] as const) {
      process.on(signal, () => {
        process.stderr.write(`got ${signal}`, () => process.exit(7));
      });
    }
    say({ method: "notifications/ready" });
  },
  closes: () => void process.stdout.end(() => setTimeout(() => process.exit(6), 20)),
  quits: () => process.exit(Number(how)),
};

const asked: Record<string, (request: Request) => void> = {
  exit: () => process.exit(Number(how)),
  throw() {
    throw new Error("on purpose");
  },
  kill: () => void process.kill(process.pid, how),
  flood({ id }) {
    const text = "x".repeat(4000);
    for (let number = 0; number < 500; number += 1)
      say({ method: "notifications/message", params: { level: "info", data: { number, text } } });
    process.stdout.write(`${JSON.stringify({ jsonrpc: "2.0", id, result: {} })}\n`, () => process.exit(3));
  },
  burst({ id }) {
    const all = [
      { method: "notifications/message", params: { level: "info", data: "before" } },
      { id, result: {} },
      { method: "notifications/tools/list_changed" },
      { id: "q", method: "roots/list" },
    ];
    process.stdout.write(
      all.map((message) => `${JSON.stringify({ jsonrpc: "2.0", ...message })}\n`).join(""),
    );
  },
  late: ({ id }) => void process.stdin.once("end", () => say({ id, result: { late: true } })),
};

started[what]?.();
const lines = createInterface({ input: process.stdin });
lines.on("line", (line) => {
  const request = JSON.parse(line) as Request;
  if (request.id === undefined || request.method === undefined) return;
  if (request.method === "tools/call" && asked[what] !== undefined) asked[what](request);
  else say({ id: request.id, result: { method: request.method } });
});
lines.on("close", () => {
  if (what === "late") process.exitCode = 5;
});
