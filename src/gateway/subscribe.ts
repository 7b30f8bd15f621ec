import type { Entry } from "../audit/journal.ts";
import type { Call } from "../call/call.ts";
import { Fault } from "../call/fault.ts";
import { isObject, type Json, type JsonObject, member } from "../call/json.ts";
import type { Refusal } from "../call/verdict.ts";
import type { Beat, Ending, Listener } from "../upstream/leg.ts";
import { CODECS } from "../wire/codecs.ts";
import { frameOf } from "../wire/frame.ts";
import { META } from "../wire/revision.ts";
import type { Asking } from "./address.ts";
import { inspected } from "./asides.ts";
import { callOf } from "./call.ts";
import { legTo } from "./conversation.ts";
import { fan } from "./fan.ts";
import type { Gate } from "./gate.ts";
import { refusalBody } from "./refuse.ts";
import { judged, record } from "./settle.ts";

const ACKNOWLEDGED = "notifications/subscriptions/acknowledged";
/** How long a server may keep the others' acknowledgements waiting. */
const ACK_MS = 5000;

interface Open {
  readonly server: string;
  readonly call: Call;
  readonly entry: Entry;
}

/**
 * One `subscriptions/listen` to several servers: judged for each, opened where it is allowed, acknowledged once for
 * all (2026-07-28, subscriptions: the acknowledgement comes first), and over when the last of them is.
 */
export async function subscribe(gate: Gate, asking: Asking): Promise<Ending> {
  const { conversation, frame, message } = asking;
  const open: Open[] = [];
  let refused: { readonly call: Call; readonly refusal: Refusal } | undefined;
  for (const server of gate.servers.keys()) {
    const call = callOf(gate, conversation, frame, message, server);
    const decision = await judged(gate, call);
    const entry = await record(gate, decision, frame, asking.flight);
    const verdict = gate.mode === "observe" ? { kind: "allow" as const } : decision.verdict;
    if (entry !== undefined && verdict.kind === "allow") open.push({ server, call, entry });
    else if (verdict.kind !== "allow") {
      entry?.close({ status: "denied", answer: undefined, detail: {} });
      refused ??= { call, refusal: verdict };
    }
  }
  if (open.length === 0) {
    if (refused === undefined)
      throw new Fault("upstream-unreachable", "no server behind this address can be subscribed to");
    const body = refusalBody(refused.refusal, refused.call, CODECS[conversation.era].refusalResult);
    return { kind: "answer", frame: frameOf({ ...body, id: message.id }), status: 200, streamed: false };
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
  const { conversation, frame, headers, signal } = asking;
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
        await leg.ask(frame, headers, inspected(gate, conversation, one.call, acks.listener(server)), signal);
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

/** Holds back what servers say until each has acknowledged, or has had its time. */
function acknowledgements({ listener, message }: Asking, servers: readonly string[]) {
  const missing = new Set(servers);
  const honoured: JsonObject[] = [];
  const early: Beat[] = [];
  let said = false;
  const late = setTimeout(() => say(), ACK_MS);

  function say(): void {
    if (said) return;
    said = true;
    clearTimeout(late);
    const params = { notifications: honoured.reduce(unite, {}), _meta: { [META.subscription]: message.id } };
    void listener({ frame: frameOf({ kind: "notification", method: ACKNOWLEDGED, params }) });
    for (const beat of early) void listener(beat);
  }

  function settle(server: string, notifications: JsonObject): void {
    if (!missing.delete(server)) return;
    honoured.push(notifications);
    if (missing.size === 0) say();
  }

  return {
    settle,
    close: () => clearTimeout(late),
    listener:
      (server: string): Listener =>
      (beat) => {
        const heard = beat.frame?.message;
        if (heard?.kind === "notification" && heard.method === ACKNOWLEDGED) {
          const notifications = member(heard.params, "notifications");
          return settle(server, isObject(notifications) ? notifications : {});
        }
        if (said) return listener(beat);
        early.push(beat);
        return undefined;
      },
  };
}

/** What any server honours is honoured. */
function unite(have: JsonObject, more: JsonObject): JsonObject {
  const merged: Record<string, Json | undefined> = { ...have };
  for (const [key, value] of Object.entries(more)) {
    const old = merged[key];
    merged[key] =
      Array.isArray(old) && Array.isArray(value) ? [...new Set([...old, ...value])] : old === true || value;
  }
  return merged;
}
