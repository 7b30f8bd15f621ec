import type { ServerResponse } from "node:http";
import type { Principal } from "../call/principal.ts";

/** What is being answered to whom, as far as their credential ends, or can be taken back by itself. */
export interface Presence {
  note(principal: Principal, response: ServerResponse): void;
  /** The credentials that something is open for. */
  readonly open: () => Iterable<string>;
  /** Cuts off everything that is open for a credential. */
  end(credential: string): void;
  /** Cuts off everything that was opened with a token that has ended. `at` is ms. */
  expire(at: number): void;
}

export function presence(): Presence {
  const answering = new Map<string, Set<ServerResponse>>();
  const ending = new Map<ServerResponse, number>();
  return {
    note({ credential, expires }, response) {
      // Who left while it was found out who they are says so no more.
      if (response.destroyed) return;
      if (expires !== undefined) {
        ending.set(response, expires);
        response.once("close", () => ending.delete(response));
      }
      if (credential === undefined) return;
      const those = answering.get(credential) ?? new Set();
      answering.set(credential, those.add(response));
      response.once("close", () => {
        those.delete(response);
        if (those.size === 0 && answering.get(credential) === those) answering.delete(credential);
      });
    },
    open: () => answering.keys(),
    end(credential) {
      for (const response of answering.get(credential) ?? []) response.destroy();
    },
    expire(at) {
      for (const [response, expires] of ending) if (expires <= at) response.destroy();
    },
  };
}
