import { inspect } from "../../pipeline/decide.ts";
import type { Ending } from "../../upstream/leg.ts";
import { toAnswer } from "../../wire/codec.ts";
import { CODECS } from "../../wire/codecs.ts";
import { frameOf } from "../../wire/frame.ts";
import { asOf } from "../as-of.ts";
import { callOf, editFrame, rewriteAnswer } from "../call.ts";
import type { Gate } from "../gate.ts";
import { refusalBody } from "../refuse.ts";
import type { Asking } from "./address.ts";

/** What a server says of itself at the beginning passes the stages of lists: it is put before models as those are. */
export async function greeted(gate: Gate, asking: Asking, server: string, ending: Ending): Promise<Ending> {
  const { conversation, message } = asking;
  if (
    ending.kind !== "answer" ||
    ending.frame.message.kind !== "result" ||
    CODECS[conversation.era].duty(message.method) !== "handshake"
  )
    return ending;
  const { lists } = asOf(gate, conversation.principal).order;
  if (lists.after.length === 0) return ending;
  const { frame } = ending;
  const call = callOf(gate, conversation, frame, message, server);
  const said = await inspect(toAnswer(frame.message), call, lists, rewriteAnswer, gate.ticks);
  if (gate.mode === "observe") return ending;
  if (said.kind === "pass") {
    const edited = editFrame(frame, "result", said.edits);
    return edited === frame ? ending : { ...ending, frame: edited };
  }
  const body = refusalBody(said.refusal, call, CODECS[conversation.era].refusalResult);
  return { ...ending, frame: frameOf({ ...body, id: message.id }) };
}
