import type { Detector } from "../detector.ts";
import { type Hit, lookAt } from "../look.ts";
import { purposeOf } from "../purpose.ts";
import { type Rule, surest } from "../rule.ts";
import { COMMAND_ANYWHERE, COMMAND_FRAGMENTS, TEMPLATES } from "./rules.ts";

const ANY =
  /[;|&`$<>{\n\r\\^%#@]|[()]|--|-exec|-o|\b(?:cat|cmd|sh|bash|ping|type|rm|dd|del|mkfs|format|bin|ls|dir)\b/i;

const VALUE = [...COMMAND_ANYWHERE, ...COMMAND_FRAGMENTS, ...TEMPLATES];

function commandsIn(text: string, rules: readonly Rule[]): readonly Hit[] {
  if (!ANY.test(text)) return [];
  const hit = surest(rules, text, "command_injection");
  return hit === undefined ? [] : [hit];
}

/**
 * Commands, and expressions that a template or parser carries out, in arguments that should be values. A field for commands, or a text
 * that begins as one, is only looked at for what no task needs: a shell for somebody else, running a download, wiping, credentials.
 */
export const COMMAND: Detector = {
  name: "command",
  version: "1",
  classes: ["command_injection"],
  find: (views, field) => {
    if (field.role !== "argument") return [];
    const purpose = purposeOf(views.original.text, field);
    if (purpose === "content") return [];
    return lookAt("command", views, (text) =>
      commandsIn(text, purpose === "data" ? VALUE : COMMAND_ANYWHERE),
    );
  },
};
