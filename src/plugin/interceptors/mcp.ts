import type { AskedTerms } from "../../config/plugins.ts";
import { version as ownVersion } from "../../config/version.ts";
import type { Json, JsonObject } from "../../call/json.ts";
import { isObject, member } from "../../call/json.ts";
import type { Outbound } from "../../outbound/outbound.ts";
import { sseParser } from "../../wire/sse.ts";
import { posted } from "../asked/exchange.ts";
import { Nonsense } from "../found.ts";

/** An MCP server that is asked things of its own, over Streamable HTTP. */
export interface Talk {
  /** The result of a request. Rejects with OutboundError, or Nonsense where it answers otherwise. */
  readonly ask: (method: string, params: JsonObject, signal: AbortSignal) => Promise<JsonObject>;
}

const PROTOCOL = "2025-11-25";
/** One event of an answer that comes as a stream. */
const EVENT_BYTES = 4 * 1024 * 1024;

interface Session {
  readonly headers: Readonly<Record<string, string>>;
}

/** The messages of an answer, whichever way it came. */
async function messagesOf(answer: Response): Promise<readonly unknown[]> {
  const stream = /^text\/event-stream\b/i.test(answer.headers.get("content-type") ?? "");
  try {
    if (!stream) return [await answer.json()];
    const bytes = Buffer.from(await answer.arrayBuffer());
    return sseParser(EVENT_BYTES)
      .push(bytes)
      .flatMap(({ data }) => (data === undefined ? [] : [JSON.parse(data.toString("utf8")) as unknown]));
  } catch {
    throw new Nonsense("it answered no JSON");
  }
}

async function resultOf(answer: Response, id: number): Promise<JsonObject> {
  if (answer.status !== 200) throw new Nonsense(`it answered ${answer.status}`);
  const own = (await messagesOf(answer)).find((each) => member(each as Json, "id") === id) as
    | Json
    | undefined;
  const result = member(own, "result");
  if (isObject(result)) return result;
  const code = member(member(own, "error"), "code");
  throw new Nonsense(typeof code === "number" ? `it answered with error ${code}` : "it gave no result");
}

/** Begins a session with the first question, and another where the server has forgotten it. */
export function talkTo({ url, headers }: Pick<AskedTerms, "url" | "headers">, outbound: Outbound): Talk {
  let last = 0;
  let session: Promise<Session> | undefined;
  const clientInfo = { name: "portcullis", version: ownVersion() };
  const accept = { accept: "application/json, text/event-stream" };
  const say = (message: JsonObject, more: Session["headers"], signal: AbortSignal): Promise<Response> =>
    posted(
      { url, headers: { ...headers, ...accept, ...more } },
      outbound,
      { jsonrpc: "2.0", ...message },
      signal,
    );

  async function begin(signal: AbortSignal): Promise<Session> {
    const id = (last += 1);
    const params = { protocolVersion: PROTOCOL, capabilities: {}, clientInfo };
    const answer = await say({ id, method: "initialize", params }, {}, signal);
    const version = (await resultOf(answer, id))["protocolVersion"];
    const named = answer.headers.get("mcp-session-id");
    const more = {
      "mcp-protocol-version": typeof version === "string" ? version : PROTOCOL,
      ...(named !== null && { "mcp-session-id": named }),
    };
    await say({ method: "notifications/initialized" }, more, signal);
    return { headers: more };
  }

  /** The one session; one that could not be begun is begun again with the next question. */
  function held(signal: AbortSignal): Promise<Session> {
    if (session !== undefined) return session;
    const begun = begin(signal);
    session = begun;
    begun.catch(() => {
      if (session === begun) session = undefined;
    });
    return begun;
  }

  return {
    async ask(method, params, signal) {
      for (let again = false; ; again = true) {
        const asked = held(signal);
        const { headers: more } = await asked;
        const id = (last += 1);
        const answer = await say({ id, method, params }, more, signal);
        if (answer.status !== 404 || again) return resultOf(answer, id);
        if (session === asked) session = undefined;
      }
    },
  };
}
