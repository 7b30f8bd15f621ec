import type { Era } from "../../call/call.ts";
import { Fault, type FaultCode } from "../../call/fault.ts";
import type { Whom } from "../credential/credential.ts";
import type { Crowd } from "../crowd.ts";
import type { EraVerdict } from "../era.ts";
import type { Ending, Leg } from "../leg.ts";
import type { Crossing } from "./crossing.ts";
import { legacyClient } from "./legacy-client.ts";
import { ModernClient } from "./modern-client.ts";
import type { Yard } from "./modern/lot.ts";
import { room } from "./room.ts";

export interface Sides extends Pick<Crossing, "server" | "timeout_ms" | "log" | "now"> {
  /** The server's own legs. */
  readonly legs: Crowd;
  readonly era: EraVerdict;
  /** Whether the server hears what arguments say in headers too: over HTTP. */
  readonly mirrors: boolean;
}

const OTHER_ERA_MS = 60 * 60_000;

/**
 * Gives each client a leg of its own era: the server's own where the server speaks it too, so that nothing is
 * translated that need not be, else one between the two. The same key and era give the same leg while it lives.
 */
export function meet(sides: Sides): (key: string, era: Era, whom?: Whom) => Promise<Leg> {
  const { server, timeout_ms, log, now, legs, era } = sides;
  const bridges = new Map<string, Leg>();
  const places = room(legs);
  const yard: Yard = { parked: 0 };
  /** Until when the server is taken to refuse `initialize`, wall clock. */
  let sessionless_until = Number.NEGATIVE_INFINITY;

  function bridge(key: string, client: Era, whom: Whom | undefined): Leg {
    const name = `${client} ${key}`;
    const known = bridges.get(name);
    if (known?.alive === true) return known;
    const of: Era = client === "legacy" ? "modern" : "legacy";
    const crossing: Crossing = {
      server,
      key,
      timeout_ms,
      log,
      now,
      mistaken() {
        sessionless_until = Number.NEGATIVE_INFINITY;
        era.doubt();
      },
      open: (part) => places.get(part === "" ? key : `${key} ${part}`, of, whom),
    };
    const leg =
      client === "legacy"
        ? legacyClient(crossing, sides.mirrors)
        : places.keep(new ModernClient(crossing, yard));
    const kept: Leg = {
      server,
      era: client,
      get alive() {
        return leg.alive;
      },
      ask: (frame, headers, listener, signal) => leg.ask(frame, headers, listener, signal),
      forsake: (frame) => leg.forsake?.(frame),
      tell: (frame, headers) => leg.tell(frame, headers),
      listen: (headers, listener, signal) => leg.listen(headers, listener, signal),
      close() {
        if (bridges.get(name) === kept) bridges.delete(name);
        return leg.close();
      },
    };
    bridges.set(name, kept);
    return kept;
  }

  /** Whether a server that would not begin a session knows none. What gives no evidence leaves the refusal as it was. */
  async function knowsNone(): Promise<boolean> {
    try {
      if ((await era.get()) !== "modern") return false;
      sessionless_until = now() + OTHER_ERA_MS;
      return true;
    } catch (error) {
      if (error instanceof Fault) return false;
      throw error;
    }
  }

  return async (key, client, whom) => {
    if (client === "modern")
      return (await era.get()) === "modern" ? places.get(key, "modern", whom) : bridge(key, "modern", whom);
    if (now() < sessionless_until)
      return turning(bridge(key, "legacy", whom), async () =>
        now() < sessionless_until ? undefined : places.get(key, "legacy", whom),
      );
    const own = await places.get(key, "legacy", whom);
    return turning(own, async () => ((await knowsNone()) ? bridge(key, "legacy", whom) : undefined));
  };
}

/** Faults with which a server may refuse a method it does not know. */
const REFUSALS: ReadonlySet<FaultCode> = new Set(["upstream-refused", "upstream-garbled", "upstream-gone"]);

/** This leg, unless the server will not begin a session over it and `other` knows why. */
function turning(own: Leg, other: () => Promise<Leg | undefined>): Leg {
  let leg = own;
  return {
    server: own.server,
    era: own.era,
    get alive() {
      return leg.alive;
    },
    async ask(frame, headers, listener, signal) {
      const { message } = frame;
      if (leg !== own || message.kind !== "request" || message.method !== "initialize")
        return leg.ask(frame, headers, listener, signal);
      let refused: Ending | Fault;
      try {
        refused = await own.ask(frame, headers, listener, signal);
        if (refused.kind !== "answer" || refused.frame.message.kind === "result") return refused;
      } catch (error) {
        if (!(error instanceof Fault) || !REFUSALS.has(error.code)) throw error;
        refused = error;
      }
      const turned = await other();
      if (turned === undefined) {
        if (refused instanceof Fault) throw refused;
        return refused;
      }
      leg = turned;
      await own.close();
      return leg.ask(frame, headers, listener, signal);
    },
    tell: (frame, headers) => leg.tell(frame, headers),
    listen: (headers, listener, signal) => leg.listen(headers, listener, signal),
    close: () => leg.close(),
  };
}
