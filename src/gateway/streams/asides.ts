import type { Call } from "../../call/call.ts";
import { inspect } from "../../pipeline/decide.ts";
import type { Beat, Listener } from "../../upstream/leg.ts";
import { toAnswer } from "../../wire/codec.ts";
import type { Frame, RequestId } from "../../wire/frame.ts";
import { asOf } from "../as-of.ts";
import { editFrame, rewriteAnswer } from "../call.ts";
import { conclude } from "../conclude.ts";
import type { Conversation } from "../conversation.ts";
import type { Gate } from "../gate.ts";
import { noteChange } from "../lists/lists.ts";
import { toOwner } from "../tasks/owned.ts";
import { isTaskNotice } from "../tasks/tasks.ts";
import { showing, unanswered } from "./answers.ts";

/** Whose asides these are: of which call, and who hears them. */
interface Hearing {
  readonly gate: Gate;
  readonly conversation: Conversation;
  /** The one they belong to, or one that stands for the stream they come on. */
  readonly call: Call;
  readonly listener: Listener;
}

/**
 * What a server says on the way passes the same pipeline as what it says in the end: stages may rewrite it or drop it.
 * The answer to a call whose own stream ended early comes on a resumed stream, and is concluded here.
 */
export function inspected(gate: Gate, conversation: Conversation, call: Call, listener: Listener): Listener {
  const hearing = { gate, conversation, call, listener };
  const unseen = gate.order.asides.after.length === 0;
  return (beat) => {
    const { frame } = beat;
    if (frame === undefined) return listener(beat);
    const { message } = frame;
    switch (message.kind) {
      case "notification":
        noteChange(gate, call.server, message.method);
        if (gate.mode === "enforce" && isTaskNotice(message.method)) return ofTask(hearing, beat, frame);
        return unseen ? listener(beat) : inspectAside(hearing, beat, frame);
      case "request": {
        const shown = conversation.address.ask(conversation, call.server, frame);
        if (shown.message.kind === "request" && gate.order.answers.before.length > 0)
          showing(conversation, shown.message.id, { server: call.server, method: message.method, call });
        const renamed = shown === frame ? beat : { ...beat, frame: shown };
        return unseen ? listener(renamed) : inspectAside(hearing, renamed, shown);
      }
      case "result":
      case "error":
        return late(hearing, beat, frame, message.id);
    }
  };
}

/** A notice of a task goes to whoever began it, and to nobody else. */
async function ofTask(hearing: Hearing, beat: Beat, frame: Frame): Promise<void> {
  const { gate, call, listener } = hearing;
  const own = await toOwner(gate, call, frame);
  if (own !== undefined) return inspectAside(hearing, { ...beat, frame: own }, own);
  gate.log.info({ server: call.server }, "a notice of a task that is not this principal's was dropped");
  return dropped(beat, listener);
}

async function late(hearing: Hearing, beat: Beat, frame: Frame, id: RequestId | null): Promise<void> {
  const { gate, conversation, listener } = hearing;
  const waiting = id === null ? undefined : conversation.detached.get(id);
  if (waiting === undefined || id === null) return listener(beat);
  conversation.detached.delete(id);
  const { frame: seen } = await conclude(asOf(gate, waiting.call.principal), waiting, id, frame);
  await listener({ ...beat, frame: seen });
}

async function inspectAside(hearing: Hearing, beat: Beat, frame: Frame): Promise<void> {
  const { gate, call, listener } = hearing;
  // A stream outlives versions of policy.
  const { order } = asOf(gate, call.principal);
  const inspection = await inspect(toAnswer(frame.message), call, order.asides, rewriteAnswer, gate.ticks);
  if (gate.mode === "observe") return listener(beat);
  if (inspection.kind === "pass") {
    await listener(
      inspection.edits.length === 0 ? beat : { ...beat, frame: editFrame(frame, "params", inspection.edits) },
    );
    return;
  }
  gate.log.info(
    { server: call.server, call: call.id, rule: inspection.refusal.rule.rule },
    "a message of the server was dropped",
  );
  await dropped(beat, listener);
  if (frame.message.kind === "request") await declined(hearing, frame.message);
}

/** A server whose question is not shown to anybody hears so at once, as from a user who closed it. */
async function declined(
  { gate, conversation, call: { server } }: Hearing,
  { id, method }: Extract<Frame["message"], { readonly kind: "request" }>,
): Promise<void> {
  conversation.shown.delete(id);
  try {
    await conversation.address.tell(conversation, unanswered(id, method === "elicitation/create"), {});
  } catch (error) {
    gate.log.warn({ server, err: error }, "a server could not be told that its question was dropped");
  }
}

/** The id of a dropped event still moves the client's place in the stream. */
async function dropped(beat: Beat, listener: Listener): Promise<void> {
  const { frame: _, ...rest } = beat;
  if (rest.id !== undefined) await listener(rest);
}
