import type { Entry } from "../audit/journal.ts";
import type { Call } from "../call/call.ts";
import { inspect } from "../pipeline/decide.ts";
import { columnOf } from "../stages/order.ts";
import { toAnswer } from "../wire/codec.ts";
import { CODECS } from "../wire/codecs.ts";
import { type Frame, frameOf, type RequestId } from "../wire/frame.ts";
import { editFrame, rewriteAnswer } from "./call.ts";
import type { Gate } from "./gate.ts";
import { refusalBody } from "./refuse.ts";

/** What came back in the end, inspected and written down. Gives what the client may see. */
export async function conclude(
  gate: Gate,
  call: Call,
  id: RequestId,
  entry: Entry,
  frame: Frame,
): Promise<Frame> {
  const { message } = frame;
  const failed =
    message.kind === "error" || (message.kind === "result" && message.result["isError"] === true);
  const chain = gate.order[columnOf(call.method)];
  if (chain.after.length === 0 || gate.mode === "observe") {
    entry.close({ status: failed ? "error" : "ok", answer: frame.bytes, detail: {} });
    return frame;
  }
  const inspection = await inspect(toAnswer(message), call, chain, rewriteAnswer, gate.ticks);
  if (inspection.kind === "pass") {
    entry.close({
      status: failed ? "error" : "ok",
      answer: frame.bytes,
      detail: { trail: inspection.trail },
    });
    return editFrame(frame, "result", inspection.edits);
  }
  entry.close({ status: "denied", answer: frame.bytes, detail: { trail: inspection.trail } });
  return frameOf({ ...refusalBody(inspection.refusal, call, CODECS[call.era].refusalResult), id });
}
