import { expect, test } from "vitest";
import type { Policies, Tally } from "../store/policies.ts";
import { counting } from "./tally.ts";

/** A store that adds up what it is told, unless it is down. */
function ledger() {
  const told: string[] = [];
  const state = { down: false };
  const count = (seq: number, part: string, { calls, denied }: Tally): Promise<void> => {
    if (state.down) return Promise.reject(new Error("down"));
    told.push(`${seq} ${part} ${calls} ${denied}`);
    return Promise.resolve();
  };
  return { policies: { count } as unknown as Policies, told, state };
}

test("what was counted is told once, each part for itself, and nothing where nothing was", async () => {
  const { policies, told } = ledger();
  const { count, tell } = counting(7);
  count("shadow", false);
  count("shadow", true);
  count("share", true);
  await tell(policies);
  await tell(policies);
  count("share", false);
  await tell(policies);
  expect(told).toEqual(["7 share 1 1", "7 shadow 2 1", "7 share 1 0"]);
});

test("what could not be told is told later, with what came since", async () => {
  const { policies, told, state } = ledger();
  const { count, tell } = counting(7);
  count("shadow", true);
  state.down = true;
  const telling = tell(policies);
  count("shadow", false);
  await expect(telling).rejects.toThrow("down");
  state.down = false;
  await tell(policies);
  expect(told).toEqual(["7 shadow 2 1"]);
});
