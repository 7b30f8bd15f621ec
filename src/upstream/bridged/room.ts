import type { Era } from "../../call/call.ts";
import { Fault } from "../../call/fault.ts";
import type { Whom } from "../credential/credential.ts";
import type { Crowd } from "../crowd.ts";
import type { Leg } from "../leg.ts";
import type { ModernClient } from "./modern-client.ts";

/** The legs of one server, and the sessions among them that are only kept for modern clients, who do not know of them. */
export interface Room {
  /** The living leg of that conversation, or a new one. Rejects with Fault `upstream-busy` where there is no room. */
  readonly get: (key: string, era: Era, whom?: Whom) => Promise<Leg>;
  /** Its sessions go where there is no room and nobody uses them. */
  readonly keep: (client: ModernClient) => ModernClient;
}

export function room(legs: Crowd): Room {
  const clients = new Set<ModernClient>();
  return {
    async get(key, era, whom) {
      try {
        return await legs.get(key, era, whom);
      } catch (error) {
        if (!(error instanceof Fault) || error.code !== "upstream-busy") throw error;
        const idle = [...clients].flatMap(({ idlest }) => idlest ?? []);
        const [longest] = idle.toSorted((a, b) => a.used_ms - b.used_ms);
        if (longest === undefined) throw error;
        // Over at once, if not gone at once.
        void longest.close();
        return legs.get(key, era, whom);
      }
    },
    keep(client) {
      for (const one of clients) if (!one.alive) clients.delete(one);
      clients.add(client);
      return client;
    },
  };
}
