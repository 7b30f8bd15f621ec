import type { Entry } from "../../audit/journal.ts";
import type { Call } from "../../call/call.ts";
import { Fault } from "../../call/fault.ts";
import type { Refusal } from "../../call/verdict.ts";
import type { Ending } from "../../upstream/leg.ts";
import { spoken } from "../../upstream/spoken.ts";
import { CODECS } from "../../wire/codecs.ts";
import { type Frame, frameOf } from "../../wire/frame.ts";
import { META } from "../../wire/revision.ts";
import type { Asking } from "../addresses/address.ts";
import { fan } from "../addresses/fan.ts";
import { asOf } from "../as-of.ts";
import { callOf, requestOf } from "../call.ts";
import { legTo } from "../conversation.ts";
import type { Gate } from "../gate.ts";
import { refusalBody } from "../refuse.ts";
import { judged, record } from "../settle.ts";
import { followingOwn } from "../tasks/owned.ts";
import { acknowledgements } from "./acknowledge.ts";
import { inspected } from "./asides.ts";

interface Open {
  readonly server: string;
  /** What this server is asked: of the tasks, those that it was given to begin. */
  readonly frame: Frame;
  readonly call: Call;
  readonly entry: Entry;
}

/**
 * One `subscriptions/listen` to the servers of an address: judged for each, opened where it is allowed, acknowledged once for
 * all (2026-07-28, subscriptions: the acknowledgement comes first), and over when the last of them is.
 */
export async function subscribe(gate: Gate, asking: Asking, servers: readonly string[]): Promise<Ending> {
  const { conversation, message } = asking;
  const open: Open[] = [];
  let refused: { readonly call: Call; readonly refusal: Refusal } | undefined;
  for (const server of servers) {
    const frame = await followingOwn(gate, conversation.principal, server, asking.frame);
    const call = callOf(gate, conversation, frame, requestOf(frame), server);
    const now = asOf(gate, conversation.principal);
    const decision = await judged(now, call);
    const { entry, verdict } = await record(now, decision, frame, asking.flight);
    if (entry !== undefined && (verdict.kind === "allow" || gate.mode === "observe"))
      open.push({ server, frame, call, entry });
    else if (verdict.kind !== "allow") {
      entry?.close({ status: "denied", answer: undefined, detail: {} });
      refused ??= { call, refusal: verdict };
    }
  }
  if (open.length === 0) {
    if (refused === undefined)
      throw new Fault("upstream-unreachable", "no server behind this address can be subscribed to");
    const body = refusalBody(refused.refusal, refused.call, CODECS[conversation.era].refusalResult);
    return spoken(frameOf({ ...body, id: message.id }));
  }
  await follow(gate, asking, open);
  const result = { resultType: "complete", _meta: { [META.subscription]: message.id } };
  return {
    kind: "answer",
    frame: frameOf({ kind: "result", id: message.id, result }),
    status: 200,
    streamed: true,
  };
}

async function follow(gate: Gate, asking: Asking, open: readonly Open[]): Promise<void> {
  const { conversation, headers, signal } = asking;
  const acks = acknowledgements(
    asking,
    open.map(({ server }) => server),
  );
  const byServer = new Map(open.map((one) => [one.server, one]));
  try {
    await fan(gate, byServer.keys(), "subscriptions/listen", async (server) => {
      const one = byServer.get(server);
      if (one === undefined) return;
      try {
        const leg = await legTo(gate, conversation, server);
        await leg.ask(
          one.frame,
          headers,
          inspected(gate, conversation, one.call, acks.listener(server)),
          signal,
        );
        one.entry.close({ status: "ok", answer: undefined, detail: {} });
      } catch (error) {
        one.entry.close({
          status: "error",
          answer: undefined,
          detail: { fault: error instanceof Fault ? error.code : "internal" },
        });
        throw error;
      } finally {
        acks.settle(server, {});
      }
    });
  } finally {
    acks.close();
  }
}
