import { Fault } from "../../call/fault.ts";
import type { Gate } from "../gate.ts";

/** How long one server may keep a client waiting that waits for others too. A first start may take some seconds. */
const PATIENCE_MS = 10_000;
/** How long it is then not waited for at all. */
const REST_MS = 60_000;

/** Servers that kept others waiting, and until when they are left alone (`gate.ticks`). */
const silent = new WeakMap<Gate, Map<string, number>>();

/**
 * What is asked of one server beside others. One that is silent is left out after a while, and for a while, so that it
 * does not take the others down with it; its answer still counts when it comes. Rejects with Fault `upstream-timeout`
 * or `upstream-resting`, or as `work` does.
 */
export async function together<T>(gate: Gate, server: string, work: () => Promise<T>): Promise<T> {
  const resting = silent.get(gate) ?? new Map<string, number>();
  silent.set(gate, resting);
  if (gate.ticks() < (resting.get(server) ?? 0))
    throw new Fault(
      "upstream-resting",
      `The server ${server} was silent a moment ago; it is not waited for.`,
    );
  let patience: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    patience = setTimeout(() => {
      resting.set(server, gate.ticks() + REST_MS);
      const what = `The server ${server} was silent for ${PATIENCE_MS / 1000} s; the others do not wait for it.`;
      reject(new Fault("upstream-timeout", what));
    }, PATIENCE_MS);
  });
  const answer = work();
  // Heard from at last: it is waited for again.
  answer.then(
    () => resting.delete(server),
    () => undefined,
  );
  try {
    return await Promise.race([answer, late]);
  } finally {
    clearTimeout(patience);
  }
}
