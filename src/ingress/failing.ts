import type { IncomingMessage, ServerResponse } from "node:http";
import { FAULTS, Fault } from "../call/fault.ts";
import type { Listener } from "../config/config.ts";
import type { Gate } from "../gateway/gate.ts";
import { faultFrame } from "../gateway/receive.ts";
import type { Identity } from "../identity/identity.ts";
import { pathOf } from "../identity/resource.ts";
import { CODECS } from "../wire/codecs.ts";
import type { RequestId } from "../wire/frame.ts";
import { nameGiven } from "./exchange-name.ts";
import { openStream, sendFrame } from "./reply.ts";

/** What an exchange that fails is answered by. */
interface Failing {
  readonly gate: Pick<Gate, "log">;
  readonly draining: () => boolean;
  readonly identity: Pick<Identity, "stepUp">;
  readonly at: Listener;
}

/** What is known of an exchange when it fails: whom to answer, and in which vocabulary. */
export interface Said {
  id: RequestId | null;
  era: "legacy" | "modern";
  /** Methods of the path. */
  allow: string;
}

/** Whether a request says that it is of the modern era. */
export function speaksModern(request: IncomingMessage): boolean {
  const version = request.headers["mcp-protocol-version"];
  return typeof version === "string" && CODECS.modern.revisions.includes(version);
}

/** Answers an exchange that cannot go on, and says so in the log. */
export function fail(
  { gate, draining, identity, at }: Failing,
  request: IncomingMessage,
  response: ServerResponse,
  said: Said,
  error: unknown,
): void {
  const fault = error instanceof Fault ? error : new Fault("internal", "internal error", { cause: error });
  const about = { path: pathOf(request), request: nameGiven(request) };
  if (fault.code === "internal")
    gate.log.error({ err: fault.cause ?? fault, ...about }, "an exchange failed");
  else if (fault.code !== "cancelled")
    gate.log.info({ fault: fault.code, detail: fault.detail, ...about }, fault.message);
  if (response.headersSent) {
    response.end();
    return;
  }
  if (fault.code === "cancelled") return unanswered(response, said, draining());
  // A body that was not read to its end would be taken for the next request.
  if (!request.complete) response.setHeader("connection", "close");
  if (fault.code === "wrong-http-method")
    response.setHeader("allow", speaksModern(request) ? "POST" : said.allow);
  if (fault.code === "too-many") response.setHeader("retry-after", "1");
  const anew = fault.code === "insufficient-scope" || fault.code === "insufficient-sign-in";
  const fields = anew ? identity.stepUp(request, at, fault.data ?? {}) : fault.fields;
  for (const [name, value] of Object.entries(fields)) response.setHeader(name, value);
  const status = FAULTS[fault.code].http === 200 ? 200 : CODECS[said.era].status(fault.code);
  sendFrame(response, faultFrame(fault, said.id), status);
}

/** What nobody waits for has no answer; who still waits when the gate must end is told that. */
function unanswered(response: ServerResponse, said: Said, draining: boolean): void {
  if (response.destroyed) return;
  if (!draining) return openStream(response, {}).end();
  const why = "This gate had to end before the answer came. Whether the call ran is not known.";
  sendFrame(response, faultFrame(new Fault("shutting-down", why), said.id), FAULTS["shutting-down"].http);
}
