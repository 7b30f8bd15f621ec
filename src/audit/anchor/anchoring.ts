import type { AnchorState, LogTables, Signed } from "../../store/log.ts";
import type { Anchor } from "./anchor.ts";

/** Shows new checkpoints to all anchors. */
export interface Anchoring {
  /** One round. Gives how each anchor is. Never rejects for an anchor's sake. */
  readonly round: (log: LogTables) => Promise<readonly { readonly anchor: string; readonly state: string }[]>;
  readonly close: () => Promise<void>;
}

export const NO_ANCHORS: Anchoring = { round: async () => [], close: async () => {} };

const FIRST_RETRY_MS = 2_000;
const LONGEST_RETRY_MS = 300_000;

interface Backoff {
  readonly until: number;
  readonly wait_ms: number;
}

/**
 * Each anchor is shown the newest checkpoint of each log that it has not taken yet. One that does not take it is tried again,
 * later each time, and holds up nobody: neither the log nor another anchor. `wanted`: how many witnesses are to sign.
 */
export function anchoring(
  anchors: readonly Anchor[],
  wanted: number,
  now: () => number,
  close: () => Promise<void>,
): Anchoring {
  const backoffs = new Map<string, Backoff>();

  async function showOne(
    log: LogTables,
    anchor: Anchor,
    signed: Signed,
    known: AnchorState | undefined,
  ): Promise<string> {
    const key = JSON.stringify([anchor.name, signed.tenant]);
    const backoff = backoffs.get(key);
    const state = { tenant: signed.tenant, anchor: anchor.name, size: known?.size ?? 0 };
    if (known !== undefined && known.size >= signed.size && known.trouble === "") return "";
    if (backoff !== undefined && backoff.until > now()) return known?.trouble ?? "";
    try {
      const lines = await anchor.show({ log, signed, before: state.size, now: now() });
      for (const line of lines) await log.cosign(signed.tenant, line);
      backoffs.delete(key);
      await log.anchored({ ...state, size: signed.size, at: now(), trouble: "" });
      return "";
    } catch (error) {
      const wait_ms = Math.min(LONGEST_RETRY_MS, (backoff?.wait_ms ?? FIRST_RETRY_MS / 2) * 2);
      backoffs.set(key, { until: now() + wait_ms, wait_ms });
      const trouble = (error instanceof Error ? error.message : String(error)).slice(0, 500);
      if (known?.trouble !== trouble) await log.anchored({ ...state, at: now(), trouble });
      return trouble;
    }
  }

  /** Whether as many witnesses signed as are wanted, in words where not. */
  async function witnessed(log: LogTables, newest: readonly Signed[]): Promise<string> {
    for (const { tenant, size } of newest) {
      const { length } = await log.cosignatures(tenant, size);
      if (length < wanted) return `${length} of ${wanted} witnesses have signed the log of tenant ${tenant}`;
    }
    return "ok";
  }

  return {
    async round(log) {
      if (anchors.length === 0) return [];
      const known = await log.anchors();
      const newest: Signed[] = [];
      for (const tenant of await log.signers()) {
        const signed = await log.checkpoint(tenant);
        if (signed !== undefined) newest.push(signed);
      }
      const states = await Promise.all(
        anchors.map(async (anchor) => {
          let trouble = "";
          for (const signed of newest) {
            const state = known.find((each) => each.anchor === anchor.name && each.tenant === signed.tenant);
            const said = await showOne(log, anchor, signed, state);
            if (said !== "") trouble = said;
          }
          return { anchor: anchor.name, state: trouble === "" ? "ok" : trouble };
        }),
      );
      return wanted === 0
        ? states
        : [...states, { anchor: "witnesses", state: await witnessed(log, newest) }];
    },
    close,
  };
}
