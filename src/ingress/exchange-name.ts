import type { IncomingMessage, ServerResponse } from "node:http";
import { requestId } from "../call/id.ts";
import type { Exchange } from "../gateway/conversation.ts";

const FIELD = "x-request-id";

/** Names that are taken as they are: no space, nothing that a log or a page could read as more than a name. */
const NAME = /^[A-Za-z0-9._:=+/-]{1,128}$/;

/** What the client calls its request (`X-Request-Id`); undefined where it says nothing, or what is no name. */
export function nameGiven({ headers }: Pick<IncomingMessage, "headers">): string | undefined {
  const given = headers[FIELD];
  return typeof given === "string" && NAME.test(given) ? given : undefined;
}

/** Has every answer of an exchange carry the name that its client gave it. */
export function echoName(request: IncomingMessage, response: ServerResponse): void {
  const given = nameGiven(request);
  if (given !== undefined) response.setHeader(FIELD, given);
}

/** An exchange as records call it. Where its client did not name it, its first call does, and `fields` tell the client. */
export function exchangeOf(request: IncomingMessage, fields: Record<string, string> = {}): Exchange {
  const given = nameGiven(request);
  if (given !== undefined) return { name: () => given };
  return { name: (call) => (fields[FIELD] ??= requestId(call)) };
}
