// What an MCP server does wrong on a line that goes both ways, where its caller asks it to: the name of the tool says how.
export interface Incoming {
  readonly id?: string | number;
  readonly method?: string;
  readonly params?: {
    readonly name?: string;
    readonly arguments?: { readonly n?: number };
    readonly requestId?: string | number;
    readonly _meta?: { readonly progressToken?: string | number };
  };
  readonly result?: unknown;
}

/** One client's line. */
export interface DuplexLine {
  /** `done` hears when the other side, or the system, has taken it. */
  readonly raw: (text: string | Buffer, done?: () => void) => void;
  readonly cut: () => void;
  /** What only this kind of line can do wrong. */
  readonly own: (how: string, asked: Incoming) => boolean;
  readonly flooded: () => void;
}

export const rpc = (message: object): string => JSON.stringify({ jsonrpc: "2.0", ...message });

/** Answers the messages of one client. `modern`: it knows `server/discover` and no `initialize`. */
export function duplex(line: DuplexLine, modern: boolean): (asked: Incoming) => void {
  const cancelled: (string | number)[] = [];
  let waiting: string | number | undefined;
  const say = (message: object): void => line.raw(rpc(message));

  const call = (asked: Incoming): void => {
    const { id, params } = asked;
    const answer = (text: string): void => say({ id, result: { content: [{ type: "text", text }] } });
    const progress = (value: number): void =>
      say({
        method: "notifications/progress",
        params: { progressToken: params?._meta?.progressToken, progress: value },
      });
    const how = params?.name ?? "";
    if (line.own(how, asked)) return;
    switch (how) {
      case "echo":
        return answer(JSON.stringify(params?.arguments));
      case "hang":
        return;
      case "cut":
        progress(1);
        return line.cut();
      case "garbage":
        line.raw("not json");
        line.raw('{"jsonrpc":"2.0"}');
        return answer("after garbage");
      case "huge":
        return line.raw(rpc({ id, result: { text: "x".repeat(11 * 1024 * 1024) } }));
      case "twice":
        answer("first");
        return answer("second");
      case "wrong-id":
        say({ id: "nobody", result: {} });
        return answer("right");
      case "burst":
        for (let value = 1; value <= (params?.arguments?.n ?? 1); value += 1) progress(value);
        return answer("done");
      case "flood": {
        const params = { progressToken: 1, message: "x".repeat(100_000) };
        const piece = rpc({ method: "notifications/progress", params });
        for (let n = 0; n < 400; n += 1) line.raw(piece);
        return line.raw(rpc({ id, result: { content: [{ type: "text", text: "done" }] } }), line.flooded);
      }
      case "ask":
        waiting = id;
        return say({ id: "question", method: "elicitation/create", params: { message: "?" } });
      case "announce":
        say({ method: "notifications/tools/list_changed" });
        return answer("announced");
      case "cancelled":
        return answer(JSON.stringify(cancelled));
      default:
        return say({ id, error: { code: -32602, message: `no tool ${how}` } });
    }
  };

  return (asked) => {
    const { id, method } = asked;
    if (method === "notifications/cancelled" && asked.params?.requestId !== undefined)
      cancelled.push(asked.params.requestId);
    if (method === undefined && id === "question" && waiting !== undefined) {
      say({ id: waiting, result: { content: [{ type: "text", text: JSON.stringify(asked.result) }] } });
      waiting = undefined;
    }
    if (method === undefined || id === undefined) return;
    if (method === "tools/call") return call(asked);
    if (method === "server/discover" && modern)
      return say({ id, result: { supportedVersions: ["2026-07-28"], capabilities: { tools: {} } } });
    if (method !== "initialize" || modern)
      return say({ id, error: { code: -32601, message: "Method not found" } });
    const serverInfo = { name: "unruly", version: "1" };
    return say({ id, result: { protocolVersion: "2024-11-05", capabilities: { tools: {} }, serverInfo } });
  };
}
