import { randomUUID } from "node:crypto";
import type { Entry, Outcome } from "../audit/journal.ts";
import type { Call, ClientClaim, Era } from "../call/call.ts";
import { Fault } from "../call/fault.ts";
import type { CallId } from "../call/id.ts";
import type { Json } from "../call/json.ts";
import type { Principal } from "../call/principal.ts";
import type { Leg, WireHeaders } from "../upstream/leg.ts";
import { type Frame, frameOf, type RequestId } from "../wire/frame.ts";
import type { Address } from "./addresses/address.ts";
import type { Gate } from "./gate.ts";
import type { Fields } from "./rate.ts";
import type { Shown } from "./streams/answers.ts";
import type { Ownership } from "./tasks/tasks.ts";

/** A call that is on record and left: what its end is concluded with. */
export interface Sent {
  readonly call: Call;
  readonly entry: Entry;
  /** Undefined where it is about no task. */
  readonly ownership: Ownership | undefined;
}

/** The HTTP exchange that a request came with. */
export interface Exchange {
  /** What it is called: as its client says, else after the first call in it that is named here. */
  name(call: CallId): string;
}

/** A request of the client under way. */
export interface Flight {
  /** Monotonic ms. */
  readonly began_ms: number;
  /** That of its conversation. */
  readonly session?: string | undefined;
  readonly exchange?: Exchange | undefined;
  /** Where it went, once it was sent. */
  server: string | undefined;
  /** The client took it back before it was sent. */
  cancelled: boolean;
  /** What the HTTP answer tells of limits. */
  fields?: Fields;
}

/**
 * One client's talk with the gate at one address: a legacy session, a stdio pipe, or all modern requests of one
 * principal. It owns its legs, so nothing of one principal is ever seen by another.
 */
export interface Conversation {
  readonly key: string;
  readonly principal: Principal;
  /** Who spoke last: the principal, by what they showed with their last request. */
  readonly whom: { principal: Principal };
  readonly era: Era;
  /** What records call it; undefined where the era knows no sessions. */
  readonly session: string | undefined;
  readonly address: Address;
  client: ClientClaim | undefined;
  /** The legacy `initialize`, said again to every server that joins later. */
  handshake: { readonly frame: Frame; readonly headers: WireHeaders } | undefined;
  readonly legs: Map<string, Promise<Leg>>;
  readonly inFlight: Map<RequestId, Flight>;
  /** All of them, those that share an id too. */
  readonly underWay: Set<Flight>;
  /** Servers' requests that the client has yet to answer, under the id the client was given. */
  readonly asked: Map<RequestId, { readonly server: string; readonly id: RequestId }>;
  /** The same with what is asked, for whoever looks at the answers. */
  readonly shown: Map<RequestId, Shown>;
  /** Forms of the gate's own that the client's user has yet to answer, and who waits for the action. */
  readonly forms: Map<RequestId, (action: Json | undefined) => void>;
  /** Calls whose answers will come on a stream that the client resumes. */
  readonly detached: Map<RequestId, Sent>;
  /** Fires when the conversation ends. */
  readonly over: AbortController;
}

export function converse(of: Pick<Conversation, "key" | "principal" | "era" | "address">): Conversation {
  return {
    ...of,
    whom: { principal: of.principal },
    session: of.era === "legacy" ? randomUUID() : undefined,
    client: undefined,
    handshake: undefined,
    legs: new Map(),
    inFlight: new Map(),
    underWay: new Set(),
    asked: new Map(),
    shown: new Map(),
    forms: new Map(),
    detached: new Map(),
    over: new AbortController(),
  };
}

/** The same conversation as whoever asks now: one principal may come with another token, of other scopes. */
export function as(conversation: Conversation, principal: Principal): Conversation {
  conversation.whom.principal = principal;
  return conversation.principal === principal ? conversation : { ...conversation, principal };
}

const NEVER_HEARD: Outcome = { status: "unknown", detail: { fault: "detached" } };

/** Keeps a call whose answer comes on a resumed stream. Where too many wait, the oldest stays unknown. */
export function detach({ detached }: Conversation, most: number, id: RequestId, of: Sent): void {
  detached.get(id)?.entry.close(NEVER_HEARD);
  detached.delete(id);
  detached.set(id, of);
  const [oldest] = detached;
  if (detached.size <= most || oldest === undefined) return;
  detached.delete(oldest[0]);
  oldest[1].entry.close(NEVER_HEARD);
}

/** Ends every leg. A call that still waited for its answer on a stream stays without one: its outcome is unknown. */
export async function part(conversation: Conversation): Promise<void> {
  conversation.over.abort();
  for (const { entry } of conversation.detached.values()) entry.close(NEVER_HEARD);
  conversation.detached.clear();
  const legs = [...conversation.legs.values()];
  conversation.legs.clear();
  await Promise.all(legs.map(async (leg) => (await leg.catch(() => undefined))?.close()));
}

const INITIALIZED = frameOf({ kind: "notification", method: "notifications/initialized", params: {} });

/** The leg to a server, opened where there is none or the last one is over. */
export async function legTo(gate: Gate, conversation: Conversation, server: string): Promise<Leg> {
  const known = conversation.legs.get(server);
  if (known !== undefined) {
    const leg = await known;
    if (leg.alive) return leg;
    if (conversation.legs.get(server) === known) conversation.legs.delete(server);
    return legTo(gate, conversation, server);
  }
  return keep(conversation, server, open(gate, conversation, server));
}

/**
 * Asks over the leg to a server. One that answers 404 to a session has not run what was asked, so a new session is
 * begun and the same is asked once more, and only once.
 */
export async function overLeg<T>(
  gate: Gate,
  conversation: Conversation,
  server: string,
  ask: (leg: Leg) => Promise<T>,
): Promise<T> {
  const leg = await legTo(gate, conversation, server);
  try {
    return await ask(leg);
  } catch (error) {
    if (!(error instanceof Fault) || error.detail !== "session-expired") throw error;
    return ask(await legTo(gate, conversation, server));
  }
}

/** Remembers a leg while it is being opened, so that two requests open one. */
export function keep(conversation: Conversation, server: string, opening: Promise<Leg>): Promise<Leg> {
  conversation.legs.set(server, opening);
  opening.catch(() => {
    if (conversation.legs.get(server) === opening) conversation.legs.delete(server);
  });
  return opening;
}

/** A new leg; a legacy one says again what the client said when it began. */
async function open(gate: Gate, conversation: Conversation, server: string): Promise<Leg> {
  const upstream = gate.servers.get(server)?.upstream;
  if (upstream === undefined) throw new Fault("internal", `no server ${server}`);
  const leg = await upstream.connect(conversation.key, conversation.era, conversation.whom);
  const { handshake } = conversation;
  if (conversation.era === "modern" || handshake === undefined) return leg;
  try {
    const ending = await leg.ask(
      handshake.frame,
      handshake.headers,
      () => undefined,
      conversation.over.signal,
    );
    if (ending.kind !== "answer" || ending.frame.message.kind !== "result") {
      throw new Fault("upstream-refused", `server ${server} refused to begin a session`);
    }
    await leg.tell(INITIALIZED, handshake.headers);
  } catch (error) {
    await leg.close();
    throw error;
  }
  return leg;
}
