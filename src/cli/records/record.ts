import { modeOf } from "../../audit/reading/entry.ts";
import type { CallRecord } from "../../store/store.ts";

/** What was decided, as a person reads it: a verdict that was only recorded would have stopped the call. */
export function decisionText(record: CallRecord): string {
  const { verdict } = record.opened;
  return modeOf(record) === "observe" && verdict !== "allow" ? `would ${verdict}` : verdict;
}

/** The tool, prompt or resource; the method of a call that has none. */
export function targetText({ opened }: CallRecord): string {
  return opened.target === "" ? opened.method : opened.target;
}
