import type { Json } from "../../call/json.ts";
import { shown } from "../../config/paths.ts";
import type { BundleVoter } from "../../config/voters.ts";
import { problemOf, Problems } from "../../document/problem.ts";
import { inputOf } from "../input.ts";
import { voteOf } from "../output.ts";
import { type Engine, unclear, unreachable, type Vote } from "../vote.ts";
import { readBundle } from "./read.ts";
import { startThread, type Thread } from "./thread.ts";

const WAITING = 512;

function decided(json: string): Vote {
  const results = JSON.parse(json) as readonly { readonly result?: Json }[];
  return results.length > 1 ? unclear("gave more than one decision") : voteOf(results[0]?.result);
}

/**
 * A Rego bundle compiled to Wasm, in a thread of its own: an evaluation that takes longer than `timeout_ms` is ended with
 * its thread, and memory is bounded. Calls are evaluated one after another; time spent waiting counts. Throws Problems
 * where the bundle cannot be asked at all.
 */
export async function bundleVoter({ bundle, entrypoint, timeout_ms }: BundleVoter): Promise<Engine> {
  const errand = { ...readBundle(bundle), entrypoint };
  let thread: Thread = startThread(errand);
  const useless = await thread.ready;
  if (useless !== undefined) throw new Problems([problemOf(shown(bundle), `cannot be asked: ${useless}`)]);
  let last: Promise<unknown> = Promise.resolve();
  let waiting = 0;
  let closed = false;

  async function evaluate(input: string, until: number): Promise<Vote> {
    if (!thread.alive() && !closed) thread = startThread(errand);
    const broken = await thread.ready;
    if (broken !== undefined) return unclear("cannot be asked", broken);
    const left_ms = until - performance.now();
    if (left_ms <= 0) return unreachable("did not answer in time");
    // One that began late may still take as long as one that began at once: only then is the thread to blame.
    const outcome = await thread.evaluate(input, timeout_ms);
    if (outcome.kind === "late") return unreachable("did not answer in time");
    return outcome.kind === "failed" ? unclear("failed", outcome.why) : decided(outcome.json);
  }

  return {
    async vote(call) {
      if (waiting >= WAITING) return unreachable("is asked too much at once");
      waiting += 1;
      const until = performance.now() + timeout_ms;
      const turn = last.then(() => evaluate(JSON.stringify(inputOf(call)), until));
      last = turn.catch(() => undefined);
      try {
        return await turn;
      } catch (error) {
        return unclear("failed", String(error));
      } finally {
        waiting -= 1;
      }
    },
    resting: () => false,
    async close() {
      closed = true;
      await thread.end();
    },
  };
}
