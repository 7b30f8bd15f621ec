import { Fault } from "../../call/fault.ts";
import type { Gate } from "../gate.ts";

export interface Reached<T> {
  readonly server: string;
  readonly value: T;
}

/**
 * Asks several servers at once. One that cannot be reached is logged and left out, so that it takes nothing else
 * down; only the client's own leaving ends it for all.
 */
export async function fan<T>(
  gate: Gate,
  servers: Iterable<string>,
  what: string,
  ask: (server: string) => Promise<T | undefined>,
): Promise<readonly Reached<T>[]> {
  const answers = await Promise.all(
    [...servers].map(async (server) => {
      try {
        const value = await ask(server);
        return value === undefined ? [] : [{ server, value }];
      } catch (error) {
        if (!(error instanceof Fault) || error.code === "cancelled") throw error;
        gate.log.warn({ server, what, fault: error.code, detail: error.detail }, error.message);
        return [];
      }
    }),
  );
  return answers.flat();
}
