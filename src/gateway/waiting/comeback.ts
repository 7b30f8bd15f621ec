import { hkdfSync, randomBytes, randomInt } from "node:crypto";
import { Fault } from "../../call/fault.ts";
import { type ApprovalId, type CallId, type Instant, parseApprovalId, parseCallId } from "../../call/id.ts";
import { digest, type JsonObject, member } from "../../call/json.ts";
import { open, seal } from "../../upstream/bridged/modern/seal.ts";
import type { Ending } from "../../upstream/leg.ts";
import { spoken } from "../../upstream/spoken.ts";
import { inputRequired } from "../../wire/bridge/inputs.ts";
import type { Asking } from "../addresses/address.ts";
import { requestOf } from "../call.ts";
import { type Said, saidBy } from "./form.ts";
import type { Held } from "./held.ts";

/** A request that comes back from its user: without what was added to it, and what the user did. */
export interface Comeback {
  readonly asking: Asking;
  readonly approval: ApprovalId;
  /** The call that was held. */
  readonly call: CallId;
  readonly said: Said;
}

/** How held calls come back. */
export interface Returns {
  /** What states are sealed with: 32 bytes. */
  readonly key: () => Uint8Array;
  /** States that were shown here once, until they are too old anyway. */
  readonly shown: Map<string, Instant>;
}

/** `secret` is what all gates of one store know, so that a call may come back to any of them; without, this one alone. */
export function returns(secret: () => Uint8Array | undefined): Returns {
  let key: Uint8Array | undefined;
  const made = (bytes = secret()): Uint8Array =>
    bytes === undefined
      ? randomBytes(32)
      : new Uint8Array(hkdfSync("sha256", bytes, "", "portcullis held-call", 32));
  return { key: () => (key ??= made()), shown: new Map() };
}

/** Tells a state of the gate's own from a server's. */
const PREFIX = "portcullis.";
const KEY = "approval";
/** How long a user may take. The question itself may wait longer. */
const STATE_MS = 3_600_000;
const SHOWN_MOST = 10_000;
const ROUNDS = 2 ** 47;

/** Whose it is, and for which request: everything but what says how it is asked, and what a retry adds. */
function aboutOf({ conversation, message }: Asking): string {
  const { tenant, id } = conversation.principal;
  const { _meta: _, inputResponses: __, requestState: ___, ...asked } = message.params;
  return `held\n${tenant}\n${id}\n${conversation.address.name}\n${digest([message.method, asked])}`;
}

/** The result that sends a modern client to its user; it comes back with a state that is good once at each gate. */
export function sentToUser(
  { key }: Returns,
  asking: Asking,
  { call, approval }: Held,
  params: JsonObject,
  now: Instant,
): Ending {
  const sealed = {
    call: `${approval.id} ${call.id}`,
    round: randomInt(ROUNDS),
    expires: Math.min(approval.expires, now + STATE_MS),
  };
  const state = PREFIX + seal(sealed, aboutOf(asking), key());
  const input = { key: KEY, method: "elicitation/create", params: Buffer.from(JSON.stringify(params)) };
  const frame = inputRequired(asking.message.id, [input], state, undefined);
  return spoken(frame);
}

/** What a retry says; undefined for a request that is none. Faults: `invalid-params`, one sentence for all that is wrong. */
export function comebackOf(asking: Asking, { key, shown }: Returns, now: Instant): Comeback | undefined {
  const { conversation, message, frame } = asking;
  const state = conversation.era === "modern" ? message.params["requestState"] : undefined;
  if (typeof state !== "string" || !state.startsWith(PREFIX)) return undefined;
  const said = shown.has(state) ? undefined : open(state.slice(PREFIX.length), aboutOf(asking), key());
  const [approval = "", call = ""] = said?.call.split(" ") ?? [];
  const ids = { approval: parseApprovalId(approval), call: parseCallId(call) };
  if (said === undefined || said.expires <= now || ids.approval === undefined || ids.call === undefined)
    throw new Fault(
      "invalid-params",
      "`requestState` is not one that this call can come back with: it was used, is too old, or is for another. Make the call again without it.",
    );
  note(shown, state, said.expires, now);
  const added = ["requestState", "inputResponses"].filter((name) => Object.hasOwn(message.params, name));
  const plain = frame.edit(added.map((name) => ({ kind: "remove", path: ["params", name] })));
  return {
    asking: { ...asking, frame: plain, message: requestOf(plain) },
    approval: ids.approval,
    call: ids.call,
    said: saidBy(member(member(message.params["inputResponses"], KEY), "action")),
  };
}

function note(shown: Returns["shown"], state: string, expires: Instant, now: Instant): void {
  for (const [old, until] of shown) {
    if (until > now && shown.size < SHOWN_MOST) break;
    shown.delete(old);
  }
  shown.set(state, expires);
}
