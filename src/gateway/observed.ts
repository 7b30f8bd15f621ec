import type { Call } from "../call/call.ts";
import type { Server } from "../config/config.ts";
import { alternatives, anyOf } from "../policy/glob.ts";

/** Whether a call of a server passes also where it cannot be recorded. What passes so is named exactly, as in rules that allow. */
export function isObserved(record: Server["record"], { target }: Pick<Call, "target">): boolean {
  if (record === undefined || record === "observe") return record === "observe";
  return target.kind === "tool" && anyOf(alternatives(record.observe))(target.name);
}
