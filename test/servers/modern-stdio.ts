// An MCP server that speaks 2026-07-28 only, over stdio, as far as a gate's tests need it: `server/discover`,
// `tools/call echo`, and `subscriptions/listen`, which it ends when asked to by
// `tools/call end`; progress without end by `burst`, a log line that names no request by `log`.
import { createInterface } from "node:readline";

interface Incoming {
  readonly id?: string | number;
  readonly method?: string;
  readonly params?: {
    readonly name?: string;
    readonly arguments?: { readonly n?: number };
    readonly requestId?: unknown;
    readonly _meta?: { readonly progressToken?: unknown };
  };
}

const SUBSCRIPTION = "io.modelcontextprotocol/subscriptionId";
const cancelled: unknown[] = [];
const subscriptions: (string | number)[] = [];
const say = (message: object): void =>
  void process.stdout.write(`${JSON.stringify({ jsonrpc: "2.0", ...message })}\n`);

function call(id: string | number, { params }: Incoming): void {
  if (params?.name === "change") {
    for (const to of subscriptions) {
      say({ method: "notifications/tools/list_changed", params: { _meta: { [SUBSCRIPTION]: to } } });
    }
  }
  if (params?.name === "burst") {
    const data = "x".repeat(500);
    for (let progress = 1; progress <= (params.arguments?.n ?? 0); progress += 1) {
      say({
        method: "notifications/progress",
        params: { progressToken: params._meta?.progressToken, progress, message: data },
      });
    }
  }
  if (params?.name === "log")
    say({ method: "notifications/message", params: { level: "info", data: "whose?" } });
  if (params?.name === "hang") return;
  if (params?.name === "cancelled") {
    const text = JSON.stringify(cancelled);
    return say({ id, result: { resultType: "complete", content: [{ type: "text", text }] } });
  }
  if (params?.name === "end" || params?.name === "cut") {
    for (const to of subscriptions.splice(0)) {
      say({ method: "notifications/cancelled", params: { requestId: to } });
      if (params.name === "end")
        say({ id: to, result: { resultType: "complete", _meta: { [SUBSCRIPTION]: to } } });
    }
  }
  say({
    id,
    result: { resultType: "complete", content: [{ type: "text", text: JSON.stringify(params?.arguments) }] },
  });
}

function take(message: Incoming): void {
  const { id, method } = message;
  if (method === "notifications/cancelled") cancelled.push(message.params?.requestId);
  if (id === undefined) return;
  switch (method ?? "") {
    case "server/discover": {
      const rest = { capabilities: { tools: {} }, ttlMs: 0, cacheScope: "private" };
      return say({ id, result: { resultType: "complete", supportedVersions: ["2026-07-28"], ...rest } });
    }
    case "subscriptions/listen":
      subscriptions.push(id);
      return say({
        method: "notifications/subscriptions/acknowledged",
        params: { _meta: { [SUBSCRIPTION]: id } },
      });
    case "tools/call":
      return call(id, message);
    default:
      return say({ id, error: { code: -32601, message: "Method not found" } });
  }
}

createInterface({ input: process.stdin }).on("line", (line) => take(JSON.parse(line) as Incoming));
