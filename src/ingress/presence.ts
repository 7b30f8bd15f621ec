import type { ServerResponse } from "node:http";
import { type Principal, whose } from "../call/principal.ts";

/** What is being answered to whom, as far as their credential ends, or can be taken back by itself. */
export interface Presence {
  note(principal: Principal, response: ServerResponse): void;
  /** The credentials that something is open for, and the principals, as `tenant/id`. */
  readonly open: () => Iterable<string>;
  /** Cuts off everything that is open for a credential or a principal. */
  end(what: string): void;
  /** Cuts off everything that was opened with a token that has ended. `at` is ms. */
  expire(at: number): void;
}

export function presence(): Presence {
  const answering = new Map<string, Set<ServerResponse>>();
  const ending = new Map<ServerResponse, number>();
  return {
    note(principal, response) {
      const { credential, expires } = principal;
      // Who left while it was found out who they are says so no more.
      if (response.destroyed) return;
      if (expires !== undefined) {
        ending.set(response, expires);
        response.once("close", () => ending.delete(response));
      }
      const whom = whose(principal);
      for (const what of credential === undefined ? [whom] : [whom, credential]) {
        const those = answering.get(what) ?? new Set();
        answering.set(what, those.add(response));
        response.once("close", () => {
          those.delete(response);
          if (those.size === 0 && answering.get(what) === those) answering.delete(what);
        });
      }
    },
    open: () => answering.keys(),
    end(what) {
      for (const response of answering.get(what) ?? []) response.destroy();
    },
    expire(at) {
      for (const [response, expires] of ending) if (expires <= at) response.destroy();
    },
  };
}
