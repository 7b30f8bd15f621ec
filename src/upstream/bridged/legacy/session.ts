import { Fault } from "../../../call/fault.ts";
import { isObject, type JsonObject, member } from "../../../call/json.ts";
import { discoveryToLegacy } from "../../../wire/bridge/result-to-legacy.ts";
import { type Self, selfOf, toModern } from "../../../wire/bridge/to-modern.ts";
import { type Frame, frameOf, type Message } from "../../../wire/frame.ts";
import { LEGACY_REVISIONS, MODERN_REVISIONS } from "../../../wire/revision.ts";
import type { Leg, WireHeaders } from "../../leg.ts";
import type { Crossing } from "../crossing.ts";
import { LIST_FLAGS } from "./following.ts";
import { otherRevision, undiscovered } from "./refusals.ts";

const NEWEST = LEGACY_REVISIONS[LEGACY_REVISIONS.length - 1] ?? "";

/** What a session is since its `initialize`, to its client and to the gate. The server knows nothing of it. */
export interface Session {
  readonly self: Self;
  readonly revision: string;
  /** The server's capabilities, as the client was given them. */
  readonly capabilities: JsonObject;
}

/** The lists of whose changes the server tells. */
export function listsOf({ capabilities }: Session): typeof LIST_FLAGS {
  return LIST_FLAGS.filter(
    (flag) => member(member(capabilities, flag.slice(0, -"ListChanged".length)), "listChanged") === true,
  );
}

/** Whether the server tells of changes of single resources. */
export function tellsOfResources({ capabilities }: Session): boolean {
  return member(member(capabilities, "resources"), "subscribe") === true;
}

export interface Beginning extends Pick<Crossing, "server" | "mistaken"> {
  readonly open: () => Promise<Leg>;
  /** The client's `initialize`. */
  readonly message: Extract<Message, { kind: "request" }>;
  readonly headers: WireHeaders;
  readonly signal: AbortSignal;
}

/**
 * Answers `initialize` from the server's `server/discover`: the revision that the client asks for, or the newest that has
 * sessions. Rejects where the server does not say that it speaks 2026-07-28, and has it asked for its era again.
 */
export async function begin(
  beginning: Beginning,
): Promise<{ readonly session: Session; readonly frame: Frame }> {
  const { server, mistaken, message } = beginning;
  const { id, params } = message;
  const self = selfOf(params);
  const found = await discovered(beginning, self);
  const said =
    found.message.kind === "result" ? member(found.message.result, "supportedVersions") : undefined;
  if (!Array.isArray(said) || !said.includes(MODERN_REVISIONS[0])) {
    mistaken();
    throw found.message.kind === "error" ? undiscovered(server, found.message.code) : otherRevision(server);
  }
  const revision = LEGACY_REVISIONS.find((known) => known === member(params, "protocolVersion")) ?? NEWEST;
  const frame = discoveryToLegacy(found, id, revision, server);
  const declared = frame.message.kind === "result" ? member(frame.message.result, "capabilities") : undefined;
  return { session: { self, revision, capabilities: isObject(declared) ? declared : {} }, frame };
}

async function discovered(
  { server, mistaken, open, message, headers, signal }: Beginning,
  self: Self,
): Promise<Frame> {
  const asked = frameOf({ kind: "request", id: message.id, method: "server/discover", params: {} });
  try {
    const ending = await (await open()).ask(
      toModern(asked, self, undefined),
      headers,
      () => undefined,
      signal,
    );
    if (ending.kind !== "answer") throw otherRevision(server);
    return ending.frame;
  } catch (error) {
    const code = error instanceof Fault ? error.code : undefined;
    if (code === "upstream-refused" || code === "upstream-garbled") mistaken();
    throw error;
  }
}
