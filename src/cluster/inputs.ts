import type { Charge } from "../call/charge.ts";
import { type Adjustment, type Claim, noticeOf, ownerOf } from "../store/counters/claim.ts";
import { partOf } from "../store/counters/room.ts";
import type { Receipt } from "../store/fence.ts";
import type { Counted } from "./counters.ts";

/** What a script is given: its keys and its other arguments. */
export interface Input {
  readonly keys: readonly string[];
  readonly args: readonly string[];
}

/** One tag, so that one step may touch everything that a call takes. */
const PREFIX = "portcullis:{limits}:";
export const STATE = `${PREFIX}state`;

/** Amounts of one counter; written as JSON, so that no tenant can name another's. */
function amountsOf(owner: string, counter: string): string {
  return `${PREFIX}used:${JSON.stringify([owner, counter])}`;
}

/** The calls that hold a place of one counter. */
export function placesOf(owner: string, counter: string): string {
  return `${PREFIX}held:${JSON.stringify([owner, counter])}`;
}

function keyOf(charge: Charge, { tenant }: Claim): string {
  const owner = ownerOf(charge, tenant);
  return charge.window.kind === "held" ? placesOf(owner, charge.counter) : amountsOf(owner, charge.counter);
}

function windowOf({ window }: Charge): readonly [kind: string, first: number, second: number] {
  switch (window.kind) {
    case "span":
      return ["span", window.from, window.until];
    case "sliding":
      return ["sliding", window.length_ms, partOf(window.length_ms)];
    case "bucket":
      return ["bucket", window.every_ms, 0];
    case "held":
      return ["held", 0, 0];
  }
}

/** A claim as `takeScript` reads it. */
export function takeInput(store: string, claim: Claim): Input {
  const { call, charges } = claim;
  return {
    keys: [STATE, ...charges.map((charge) => keyOf(charge, claim))],
    args: [
      store,
      call,
      ...charges.flatMap((charge) => [
        ...windowOf(charge).map(String),
        String(charge.most),
        String(charge.amount),
        charge.enforcement === "hard" ? "1" : "0",
      ]),
    ],
  };
}

/** Changes as `ADJUST` reads them. */
export function adjustInput({ generation }: Receipt, adjustments: readonly Adjustment[]): Input {
  return {
    keys: [
      STATE,
      ...adjustments.map(({ kind, tenant, counter }) =>
        kind === "release" ? placesOf(tenant, counter) : amountsOf(tenant, counter),
      ),
    ],
    args: adjustments.flatMap((change) => [
      ...(change.kind === "release" ? [change.call, ""] : [String(change.slot), String(change.by)]),
      String(generation),
    ]),
  };
}

/** What `takeScript` said; `unproven` is left to the caller. Throws where it is nothing that it says. */
export function readCounted(reply: readonly string[], { charges }: Claim): Counted {
  const [kind, first = "", second = ""] = reply;
  if (kind === "full" || kind === "lost") {
    const charge = charges[Number(first) - 1];
    if (charge !== undefined)
      return { kind: "full", charge, free_at: Math.ceil(Number(second)), lost: kind === "lost" };
  }
  if (kind !== "taken") throw new Error(`Redis said ${JSON.stringify(reply).slice(0, 200)}`);
  const each = charges.map((charge, at) => {
    const [used = "", resets = "", exceeded = ""] = reply.slice(4 + at * 3);
    return { charge, used: Number(used), resets, exceeded: exceeded === "1" };
  });
  return {
    kind: "taken",
    at: Number(reply[3]),
    receipt: { generation: Number(first), seq: Number(second) },
    notices: each.flatMap(({ charge, used, exceeded }) => noticeOf(charge, used, exceeded)),
    levels: each.map(({ used, resets }) => ({ used, resets: resets === "" ? undefined : Number(resets) })),
  };
}
