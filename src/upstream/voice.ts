import type { IncomingHttpHeaders } from "node:http";
import type { Era } from "../call/call.ts";
import { member } from "../call/json.ts";
import type { HttpServer } from "../config/config.ts";
import type { Frame } from "../wire/frame.ts";
import { mirrored } from "../wire/headers.ts";
import type { Badge } from "./credential/credential.ts";
import { type Fields, fieldsOf, withClient } from "./fields.ts";
import type { WireHeaders } from "./leg.ts";

/** What can stand in a header as a revision; otherwise it is between client and server. */
const REVISION = /^[\w.-]{1,32}$/;
const POST = { accept: "application/json, text/event-stream", "content-type": "application/json" };
const GET = { accept: "text/event-stream" };

/** What a leg says of itself in the headers of its requests, as far as its handshake has come. */
export class Voice {
  readonly #of: HttpServer;
  readonly #era: Era;
  readonly #badge: Badge;
  readonly #first: Fields;
  #posting: Fields;
  #session: string | undefined;
  #revision: string | undefined;

  constructor(of: HttpServer, era: Era, badge: Badge) {
    this.#of = of;
    this.#era = era;
    this.#badge = badge;
    this.#first = fieldsOf(of, POST);
    this.#posting = this.#first;
  }

  get in_session(): boolean {
    return this.#session !== undefined;
  }

  /** A request that begins a session carries none. */
  post(frame: Frame, client: WireHeaders, initialize: boolean): string[] {
    const fields = initialize ? this.#first : this.#spoken(client);
    return withClient(fields, client, this.#mirrored(frame), this.#badge.shown);
  }

  /** A client may hold one request to an older revision than its session's; a newer one this server does not speak. */
  #spoken(client: WireHeaders): Fields {
    const asked = client["mcp-protocol-version"];
    if (this.#era === "modern" || this.#revision === undefined) return this.#posting;
    if (typeof asked !== "string" || !REVISION.test(asked) || asked >= this.#revision) return this.#posting;
    return fieldsOf(this.#of, { ...POST, ...this.#own(), "mcp-protocol-version": asked });
  }

  get(client: WireHeaders): string[] {
    return withClient(fieldsOf(this.#of, { ...GET, ...this.#own() }), client, undefined, this.#badge.shown);
  }

  /** For the request that ends the session. */
  end(): string[] {
    return withClient(fieldsOf(this.#of, this.#own()), {}, undefined, this.#badge.shown);
  }

  /** The head of the response to `initialize` names the session. */
  begin(headers: IncomingHttpHeaders): void {
    const session = headers["mcp-session-id"];
    if (this.#era === "modern" || typeof session !== "string") return;
    this.#session = session;
    this.#posting = fieldsOf(this.#of, { ...POST, ...this.#own() });
  }

  /** Its result names the revision, which every request after it repeats. */
  agree({ message }: Frame): void {
    if (this.#era === "modern" || message.kind !== "result") return;
    const revision = member(message.result, "protocolVersion");
    if (typeof revision !== "string" || !REVISION.test(revision)) return;
    this.#revision = revision;
    this.#posting = fieldsOf(this.#of, { ...POST, ...this.#own() });
  }

  #own(): Record<string, string> {
    return {
      ...(this.#session !== undefined && { "mcp-session-id": this.#session }),
      ...(this.#revision !== undefined && { "mcp-protocol-version": this.#revision }),
    };
  }

  /** What a modern request says twice is taken from its body, which may have been edited, or come without headers. */
  #mirrored(frame: Frame): Readonly<Record<string, string>> | undefined {
    if (this.#era === "legacy") return undefined;
    const fields = mirrored(frame);
    const { message } = frame;
    const meta = "params" in message ? member(message.params, "_meta") : undefined;
    const revision = member(meta, "io.modelcontextprotocol/protocolVersion");
    if (typeof revision === "string" && REVISION.test(revision)) fields["mcp-protocol-version"] = revision;
    return fields;
  }
}
