type Said = Readonly<Record<string, unknown>>;

const HEADERS = { "content-type": "application/json", accept: "application/json, text/event-stream" };

/** An HTTP response as it came. */
export interface Came {
  readonly status: number;
  readonly type: string | null;
  readonly text: string;
}

/** A client that says what it is told to and shows what came back, byte for byte. */
export type Ask = (method: string, params: Said) => Promise<Came>;

let asked = 0;

async function came(response: Response): Promise<Came> {
  return {
    status: response.status,
    type: response.headers.get("content-type"),
    text: await response.text(),
  };
}

/** 2026-07-28, with these extensions, and whatever else it can, on the client's side. */
export function modernClient(url: string, extensions: Said = {}, more: Said = {}): Ask {
  const meta = {
    "io.modelcontextprotocol/protocolVersion": "2026-07-28",
    "io.modelcontextprotocol/clientCapabilities": { ...more, extensions },
  };
  return async (method, params) => {
    asked += 1;
    const name =
      method === "resources/read"
        ? params["uri"]
        : method.startsWith("tasks/")
          ? params["taskId"]
          : params["name"];
    return came(
      await fetch(url, {
        method: "POST",
        headers: {
          ...HEADERS,
          "mcp-protocol-version": "2026-07-28",
          "mcp-method": method,
          ...(typeof name === "string" && { "mcp-name": name }),
        },
        body: JSON.stringify({ jsonrpc: "2.0", id: asked, method, params: { ...params, _meta: meta } }),
      }),
    );
  };
}

/** 2025-11-25, in a session of its own; `headers` are the session's. */
export async function legacyClient(
  url: string,
): Promise<Ask & { readonly headers: Readonly<Record<string, string>> }> {
  const post = (message: Said, more: Readonly<Record<string, string>>): Promise<Response> =>
    fetch(url, {
      method: "POST",
      headers: { ...HEADERS, ...more },
      body: JSON.stringify({ jsonrpc: "2.0", ...message }),
    });
  const clientInfo = { name: "test", version: "1" };
  const params = { protocolVersion: "2025-11-25", capabilities: {}, clientInfo };
  const begun = await post({ id: 0, method: "initialize", params }, {});
  await begun.text();
  const headers = {
    "mcp-session-id": begun.headers.get("mcp-session-id") ?? "",
    "mcp-protocol-version": "2025-11-25",
  };
  await (await post({ method: "notifications/initialized" }, headers)).text();
  const ask: Ask = async (method, said) => {
    asked += 1;
    return came(await post({ id: asked, method, params: said }, headers));
  };
  return Object.assign(ask, { headers });
}
