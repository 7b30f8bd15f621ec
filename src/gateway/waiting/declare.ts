import { isObject, member } from "../../call/json.ts";
import type { Ending } from "../../upstream/leg.ts";
import type { Asking } from "../addresses/address.ts";
import { asOf } from "../as-of.ts";
import { editFrame } from "../call.ts";
import type { Gate } from "../gate.ts";
import { TASKS_EXTENSION } from "./rung.ts";

/**
 * What a modern server declares, and that there are tasks, where policy asks people: held calls are tasks of the gate's
 * own, and clients that are not told of tasks read none, whatever they declare themselves. Elsewhere nothing is touched.
 */
export function declared(gate: Gate, { conversation, message }: Asking, ending: Ending): Ending {
  if (
    gate.mode === "observe" ||
    !asOf(gate, conversation.principal).policy.asks ||
    conversation.era !== "modern" ||
    message.method !== "server/discover"
  )
    return ending;
  if (ending.kind !== "answer" || ending.frame.message.kind !== "result") return ending;
  const capabilities = member(ending.frame.message.result, "capabilities");
  if (!isObject(capabilities)) return ending;
  const extensions = member(capabilities, "extensions");
  if (isObject(member(extensions, TASKS_EXTENSION))) return ending;
  const more = isObject(extensions) ? extensions : {};
  const to = { ...more, [TASKS_EXTENSION]: {} };
  const edits = [{ kind: "set", path: ["capabilities", "extensions"], to }] as const;
  return { ...ending, frame: editFrame(ending.frame, "result", [edits]) };
}
