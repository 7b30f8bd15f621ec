import { type JsonObject, member } from "../../../call/json.ts";
import { frameOf, type Message, type RequestId } from "../../../wire/frame.ts";
import type { Ending } from "../../leg.ts";
import { spoken } from "../../spoken.ts";
import { LEVELS } from "../levels.ts";
import type { Following } from "./following.ts";
import { type Session, tellsOfResources } from "./session.ts";

type Request = Extract<Message, { kind: "request" }>;

const METHOD_NOT_FOUND = -32601;
const INVALID_PARAMS = -32602;
const URI_CHARS = 8192;
/** Resources that one session may follow. */
const FOLLOWED_MOST = 1024;

/** `logging/setLevel`: kept here, because the level rides on each request (2026-07-28). */
export function setLevel(
  session: Session | undefined,
  message: Request,
  keep: (level: string) => void,
): Ending {
  if (member(session?.capabilities, "logging") === undefined) return notFound(message);
  const { level } = message.params;
  if (typeof level !== "string" || !LEVELS.includes(level))
    return wrong(message.id, `Invalid params: \`level\` must be one of ${LEVELS.join(", ")}.`);
  keep(level);
  return own(message.id, {});
}

/** `resources/subscribe` and `resources/unsubscribe`: what the session's subscription is about from now on. */
export async function follow(
  session: Session | undefined,
  following: Following | undefined,
  message: Request,
): Promise<Ending> {
  if (session === undefined || following === undefined || !tellsOfResources(session))
    return notFound(message);
  const { id, method, params } = message;
  const { uri } = params;
  if (typeof uri !== "string" || uri.length > URI_CHARS)
    return wrong(id, `Invalid params: \`uri\` must be a string of at most ${URI_CHARS} characters.`);
  if (method === "resources/unsubscribe") {
    await following.remove(uri);
    return own(id, {});
  }
  if (following.uris.size >= FOLLOWED_MOST && !following.uris.has(uri))
    return wrong(id, `A session may follow ${FOLLOWED_MOST} resources: unsubscribe from one first.`);
  const told = await following.add(uri);
  return told ? own(id, {}) : wrong(id, "The server does not tell of changes of this resource.");
}

/** An answer of the gate's own. */
export function own(id: RequestId, result: JsonObject): Ending {
  return spoken(frameOf({ kind: "result", id, result }));
}

/** What is not known here, though the server may know it by that name. */
export function notFound({ id, method }: Request): Ending {
  return failing(id, METHOD_NOT_FOUND, `Method not found: ${method.slice(0, 100)}`);
}

function wrong(id: RequestId, message: string): Ending {
  return failing(id, INVALID_PARAMS, message);
}

function failing(id: RequestId, code: number, message: string): Ending {
  return spoken(frameOf({ kind: "error", id, code, message }));
}
