import { keptFindings } from "../audit/found.ts";
import type { Entry } from "../audit/journal.ts";
import type { Call } from "../call/call.ts";
import type { JsonObject } from "../call/json.ts";
import type { Finding } from "../call/verdict.ts";
import { inspect } from "../pipeline/decide.ts";
import type { Inspection, Step } from "../pipeline/stage.ts";
import { columnOf } from "../stages/order.ts";
import { toAnswer } from "../wire/codec.ts";
import { CODECS } from "../wire/codecs.ts";
import { type Frame, frameOf, type RequestId } from "../wire/frame.ts";
import { editFrame, rewriteAnswer } from "./call.ts";
import type { Sent } from "./conversation.ts";
import type { Gate } from "./gate.ts";
import { refusalBody } from "./refuse.ts";
import { heardIn } from "./streams/answers.ts";
import { begunBy, carried, listingOwn, unveiled } from "./tasks/owned.ts";

/** What the client may see. `refused`: it is the gate's word and not the server's. */
export interface Conclusion {
  readonly frame: Frame;
  readonly refused: boolean;
}

/** What stages made of an answer. `stopped`: of all of it, or of what a task's state carries. */
interface Seen extends Conclusion {
  readonly stopped: boolean;
  readonly findings: readonly Finding[];
  readonly trail: readonly Step[];
}

const UNSEEN: Inspection = Object.freeze({ kind: "pass", edits: [], findings: [], trail: [] });

/**
 * What came back in the end, inspected and written down; a task that begins is on record before its client hears of it.
 */
export async function conclude(gate: Gate, sent: Sent, id: RequestId, frame: Frame): Promise<Conclusion> {
  const { call, entry, ownership } = sent;
  const heard = unveiled(gate, ownership, frame);
  const begun = heard.message.kind === "result" ? gate.tasks.learn(call, heard.message.result) : undefined;
  const own = await listingOwn(gate, call, heard);
  const seen = withAnswers(call, await inspectEnd(gate, sent, id, own));
  entry.close({
    status: isFailure(own) ? "error" : seen.stopped ? "denied" : "ok",
    answer: heard.bytes,
    detail: {
      ...(seen.trail.length > 0 && { trail: seen.trail }),
      ...foundIn(seen),
      ...begun,
      // Somebody asked for a task that is another's, or nobody's: the server was asked for none that exists.
      ...(ownership?.kind === "none" && { own_task: false }),
      ...noted(gate, call, entry),
    },
  });
  if (begun !== undefined) await entry.kept();
  return seen.refused ? seen : { frame: warned(seen.frame, entry), refused: false };
}

/** What a task gives is inspected as the answer of the call that began it. */
async function inspectEnd(gate: Gate, { call, ownership }: Sent, id: RequestId, frame: Frame): Promise<Seen> {
  const origin = ownership?.kind === "own" ? ownership.origin : undefined;
  const as = origin !== undefined && call.method === "tasks/result" ? begunBy(call, origin) : call;
  const inside =
    origin === undefined || as !== call ? undefined : await carried(gate, call, origin, frame, "result");
  const given = inside?.frame ?? frame;
  const chain = gate.order[columnOf(as.method)];
  const blind = chain.after.length === 0;
  const said = blind ? UNSEEN : await inspect(toAnswer(given.message), as, chain, rewriteAnswer, gate.ticks);
  const trail = inside === undefined ? said.trail : [...inside.trail, ...said.trail];
  const findings = inside === undefined ? said.findings : [...inside.findings, ...said.findings];
  // Who only watches hands on what came.
  if (gate.mode === "observe") return { frame: given, refused: false, stopped: false, findings, trail };
  if (said.kind === "pass") {
    const edited = editFrame(given, given.message.kind === "error" ? "error" : "result", said.edits);
    return { frame: edited, refused: false, stopped: inside?.stopped === true, findings, trail };
  }
  const body = refusalBody(said.refusal, as, CODECS[call.era].refusalResult);
  return { frame: frameOf({ ...body, id }), refused: true, stopped: true, findings, trail };
}

/** With what was made of what the client answered on the way. */
function withAnswers(call: Call, seen: Seen): Seen {
  const { findings, trail } = heardIn(call);
  if (trail.length === 0) return seen;
  return { ...seen, findings: [...findings, ...seen.findings], trail: [...trail, ...seen.trail] };
}

/** What guards found in an answer, for the record. */
function foundIn({ findings }: Seen): JsonObject {
  return findings.length === 0 ? {} : (keptFindings(findings) as unknown as JsonObject);
}

function isFailure({ message }: Frame): boolean {
  return message.kind === "error" || (message.kind === "result" && message.result["isError"] === true);
}

/** The limits that a call came near to or went beyond, for the operator and the record. */
function noted(gate: Gate, call: Call, { notices }: Entry): JsonObject {
  if (notices.length === 0) return {};
  const { id, server } = call;
  gate.alerts?.limits(call, notices);
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
