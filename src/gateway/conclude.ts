import type { Entry } from "../audit/journal.ts";
import type { Call } from "../call/call.ts";
import type { JsonObject } from "../call/json.ts";
import { inspect } from "../pipeline/decide.ts";
import type { Inspection } from "../pipeline/stage.ts";
import { columnOf } from "../stages/order.ts";
import { toAnswer } from "../wire/codec.ts";
import { CODECS } from "../wire/codecs.ts";
import { type Frame, frameOf, type RequestId } from "../wire/frame.ts";
import { editFrame, rewriteAnswer } from "./call.ts";
import type { Gate } from "./gate.ts";
import { begunBy, carried, listingOwn } from "./owned.ts";
import { refusalBody } from "./refuse.ts";
import type { Origin } from "./tasks.ts";

/** What the client may see. `refused`: it is the gate's word and not the server's. */
export interface Conclusion {
  readonly frame: Frame;
  readonly refused: boolean;
}

const UNSEEN: Inspection = Object.freeze({ kind: "pass", edits: [], trail: [] });

/**
 * What came back in the end, inspected and written down. What a task gives is inspected as the answer of the call that
 * began it; a task that begins is on record before its client hears of it.
 */
export async function conclude(
  gate: Gate,
  call: Call,
  id: RequestId,
  entry: Entry,
  frame: Frame,
): Promise<Conclusion> {
  const begun = frame.message.kind === "result" ? gate.tasks.learn(call, frame.message.result) : undefined;
  const origin = await originOf(gate, call);
  const own = await listingOwn(gate, call, frame);
  const { message } = own;
  const failed =
    message.kind === "error" || (message.kind === "result" && message.result["isError"] === true);
  const seen = origin !== undefined && call.method === "tasks/result" ? begunBy(call, origin) : call;
  const inside =
    origin === undefined || seen !== call ? undefined : await carried(gate, call, origin, own, "result");
  const given = inside?.frame ?? own;
  const chain = gate.order[columnOf(seen.method)];
  const blind = chain.after.length === 0 || gate.mode === "observe";
  const inspection = blind
    ? UNSEEN
    : await inspect(toAnswer(given.message), seen, chain, rewriteAnswer, gate.ticks);
  const trail = [...(inside?.trail ?? []), ...inspection.trail];
  const stopped = inspection.kind === "stop" || inside?.stopped === true;
  entry.close({
    status: failed ? "error" : stopped ? "denied" : "ok",
    answer: frame.bytes,
    detail: {
      ...(trail.length > 0 && { trail }),
      ...begun,
      // Somebody asked for a task that is another's, or nobody's: the server was asked for none that exists.
      ...(gate.mode === "enforce" &&
        call.target.kind === "task" &&
        origin === undefined && { own_task: false }),
      ...noted(gate, call, entry),
    },
  });
  if (begun !== undefined) await entry.kept();
  if (inspection.kind === "pass")
    return { frame: warned(editFrame(given, "result", inspection.edits), entry), refused: false };
  const body = refusalBody(inspection.refusal, seen, CODECS[call.era].refusalResult);
  return { frame: frameOf({ ...body, id }), refused: true };
}

/** The limits that a call came near to or went beyond, for the operator and the record. */
function noted(gate: Gate, { id, server }: Call, { notices }: Entry): JsonObject {
  if (notices.length === 0) return {};
  for (const { rule, kind, used, most } of notices)
    gate.log.warn(
      { call: id, server, rule, used, most },
      kind === "alert" ? "a limit is near" : "a limit is passed",
    );
  return { limits: notices.map((notice) => ({ ...notice })) };
}

/** What lies beyond a soft limit passes, and says so. */
function warned(frame: Frame, { notices }: Entry): Frame {
  const beyond = notices.filter(({ kind, enforcement }) => kind === "exceeded" && enforcement === "soft");
  if (beyond.length === 0 || frame.message.kind !== "result") return frame;
  const to = beyond.map(({ rule, says, used, most }) => ({ rule, says, used, most }));
  return frame.edit([{ kind: "set", path: ["result", "_meta", LIMITS_KEY], to }]);
}

/** Where a result tells its client of limits that it is beyond. */
const LIMITS_KEY = "dev.portcullis/limits";

function originOf(
  gate: Gate,
  { target, principal, server }: Call,
): Origin | undefined | Promise<Origin | undefined> {
  if (target.kind !== "task" || gate.mode === "observe") return undefined;
  return gate.tasks.find(principal, target.id, server).then(([own]) => own);
}
