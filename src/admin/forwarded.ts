import type { IncomingHttpHeaders } from "node:http";
import type { Call } from "../call/call.ts";
import { digestBytes } from "../call/json.ts";
import { pathsInArguments } from "../wire/arguments.ts";
import { classify } from "../wire/era.ts";
import { type Bounds, decode, type Frame } from "../wire/frame.ts";
import { checkHeaders } from "../wire/headers.ts";
import { argsOf, targetOf, unjudgeable } from "../wire/methods.ts";
import { Refused } from "./problem.ts";
import type { Meant } from "./question.ts";

/** A request that somebody else forwards once it is allowed. */
export interface Forwarded {
  readonly method: string;
  /** With its query. */
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

/** What it means to the judge; undefined: the gate would pass it as it comes. */
export interface ForwardedCall extends Pick<Call, "era" | "client"> {
  readonly meant: Meant | undefined;
  readonly server: string;
  readonly inexact: readonly string[];
  /** The MCP message as it goes on: an approval is for all that it says. */
  readonly frame?: Frame;
  /** Only a part of the body was sent along, so that nobody can approve all of it. */
  readonly partial?: boolean;
}

const MCP = /^\/mcp(?:\/([A-Za-z0-9._-]{1,64}))?\/?$/;
const PLAIN = /^\/([A-Za-z0-9._-]{1,64})(\/.*)?$/;
/** What some servers take for a slash, or for the end of a path. */
const HIDDEN_MARKS = /%(?:2f|5c|00)|[\\;]/i;
/** What a method does to what stands at an address. */
const WORDS: Readonly<Record<string, string>> = {
  GET: "resources/read",
  HEAD: "resources/read",
  OPTIONS: "resources/read",
  DELETE: "delete",
};

/** A path that every server reads alike; another could be judged as one and served as another. */
function checkPath(path: string): void {
  const plain = URL.canParse(path, "http://host") && new URL(path, "http://host").pathname === path;
  if (!plain || path.includes("//") || HIDDEN_MARKS.test(path))
    throw new Refused(
      "unjudgeable",
      "The path is not in its plain form: no `..`, `//`, `;` or encoded slash.",
    );
}

function isPartial(headers: IncomingHttpHeaders): boolean {
  return headers["x-envoy-auth-partial-body"] === "true";
}

/** An MCP message by its body: a header could say another method than the server reads. */
function ofMessage(server: string, { headers, body }: Forwarded, bounds: Bounds): ForwardedCall {
  if (isPartial(headers) || body.length === 0)
    throw new Refused("unjudgeable", "An MCP request is judged by its body: have all of it sent along.");
  const frame = decode(body, bounds);
  const classified = classify({ frames: [frame], batch: false, headers });
  if (classified.kind === "refused") throw classified.fault;
  const differs = checkHeaders(classified, [frame], headers);
  if (differs !== undefined) throw differs;
  const { message } = frame;
  const era = classified.kind;
  const about = { server, era, client: classified.client, inexact: [] };
  if (message.kind !== "request") return { ...about, meant: undefined };
  const { method, params } = message;
  const wrong = unjudgeable(era, method, params);
  if (wrong !== undefined) throw new Refused("unjudgeable", `\`${method}\`: ${wrong}.`);
  const inexact = pathsInArguments(method, frame.inexact);
  const meant = { server, method, target: targetOf(method, params), args: argsOf(method, params) };
  return { ...about, inexact, meant, frame };
}

/**
 * A request to `/mcp` or `/mcp/SERVER` is the MCP message in its body; `GET` and `DELETE` there open and end what is
 * judged message by message. One to `/SERVER/REST` is about the resource `/REST` of that server: `GET`, `HEAD` and
 * `OPTIONS` read it (`resources/read`), `DELETE` deletes it (`delete`), every other method writes it (`write`); the
 * arguments are `uri`, `http_method`, `query`, and `body`, the digest of one that came along. Throws Refused or Fault where it cannot be judged.
 */
export function forwardedCall(forwarded: Forwarded, bounds: Bounds, only: string | undefined): ForwardedCall {
  const { method, url, headers, body } = forwarded;
  const [path = "", ...query] = url.split("?");
  checkPath(path);
  const mcp = MCP.exec(path);
  if (mcp !== null) {
    const server = mcp[1] ?? only ?? "";
    if (method === "POST") return ofMessage(server, forwarded, bounds);
    if (method === "GET" || method === "DELETE")
      return { server, era: "legacy", client: undefined, inexact: [], meant: undefined };
    throw new Refused("unjudgeable", "MCP knows POST, GET and DELETE.");
  }
  const [, server = "", uri = "/"] = PLAIN.exec(path) ?? [];
  const args = {
    uri,
    http_method: method,
    ...(query.length > 0 && { query: query.join("?") }),
    ...(body.length > 0 && { body: digestBytes(body) }),
  };
  const meant: Meant = { server, method: WORDS[method] ?? "write", target: { kind: "resource", uri }, args };
  return { server, era: "modern", client: undefined, inexact: [], meant, partial: isPartial(headers) };
}
