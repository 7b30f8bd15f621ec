import { targetName } from "../../call/call.ts";
import type { JsonObject } from "../../call/json.ts";
import { clip } from "../refuse.ts";
import type { Held } from "./held.ts";

/** What the user of a held call is asked: to see to it that people approve, or to let it be. Never for the approval itself. */
export function questionOf({ call, hold, approval }: Held): JsonObject {
  const name = targetName(call.target) ?? call.method;
  const lines = [
    `${clip(`${call.server}.${name}`, 90)} has to be approved by other people before it runs (${approval.id}).`,
    `Why: ${clip(hold.why, 170)}`,
    ...(approval.link === undefined ? [] : [`What was asked, and what became of it: ${approval.link}`]),
    "Accept when you have asked them. Decline to take the question back; the call then does not run.",
  ];
  return { message: lines.join("\n") };
}
