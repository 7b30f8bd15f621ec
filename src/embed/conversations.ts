import type { Era } from "../call/call.ts";
import type { Principal } from "../call/principal.ts";
import type { Address } from "../gateway/addresses/address.ts";
import { type Conversation, converse, part } from "../gateway/conversation.ts";
import type { Listener } from "../upstream/leg.ts";

const NO_HEADERS = {};
/** Clients whose credentials differ on one connection; whoever was first makes room. */
export const TALKS_MOST = 64;

export interface Conversations {
  /** The conversation of who asks: nobody is judged as somebody else who uses the same connection. */
  readonly of: (principal: Principal, era: Era) => Conversation;
  readonly close: () => Promise<void>;
}

/** The conversations of one connection. `stream` hears what belongs to no request. */
export function conversations(
  address: Address,
  stream: Listener,
  failed: (error: Error) => void,
): Conversations {
  const kept = new Map<string, Conversation>();
  let listening: Conversation | undefined;

  /** What belongs to no request is inspected for whoever spoke first, in a conversation that asks nothing. */
  function listen(conversation: Conversation): void {
    listening = conversation;
    address.listen(conversation, NO_HEADERS, stream, conversation.over.signal).catch(failed);
  }

  return {
    of(principal, era) {
      const key = JSON.stringify([era, principal.id, principal.roles, principal.scopes]);
      const known = kept.get(key);
      if (known !== undefined) return known;
      const made = converse({ key, principal, era, address });
      if (listening === undefined) listen(converse({ key, principal, era, address }));
      kept.set(key, made);
      const [oldest] = kept.keys();
      if (kept.size > TALKS_MOST && oldest !== undefined) kept.delete(oldest);
      return made;
    },
    async close() {
      if (listening !== undefined) await part(listening);
      for (const one of kept.values()) await part(one);
    },
  };
}
