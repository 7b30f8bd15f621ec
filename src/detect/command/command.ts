import { briefViews } from "../brief.ts";
import type { Detector } from "../detector.ts";
import { type Hit, lookAt } from "../look.ts";
import { isNamedFor, purposeOf } from "../purpose.ts";
import { type Rules, rulesOf, surest } from "../rule.ts";
import { COMMAND_ANYWHERE, COMMAND_FRAGMENTS, COMMAND_PROBES } from "./rules.ts";
import { TEMPLATES } from "./templates.ts";

const VALUE = rulesOf([...COMMAND_ANYWHERE, ...COMMAND_FRAGMENTS, ...COMMAND_PROBES, ...TEMPLATES]);
/** Begins as a command, and nothing says whether it should. */
const UNNAMED = rulesOf([...COMMAND_ANYWHERE, ...COMMAND_PROBES]);
const LINE = rulesOf(COMMAND_ANYWHERE);

function commandsIn(text: string, rules: Rules): readonly Hit[] {
  const hit = surest(rules, text, "command_injection");
  return hit === undefined ? [] : [hit];
}

/**
 * Commands, and expressions that a template or parser carries out, in arguments that should be values. A field for commands, or a text
 * that begins as one, is only looked at for what no task needs: a shell for somebody else, running a download, wiping, credentials.
 */
export const COMMAND: Detector = {
  name: "command",
  version: "2",
  classes: ["command_injection"],
  find: (views, field) => {
    if (field.role !== "argument") return [];
    const purpose = purposeOf(views, field);
    if (purpose === "content") return [];
    const rules = purpose === "data" ? VALUE : isNamedFor("command", field.name) ? LINE : UNNAMED;
    return lookAt("command", views, (text) => commandsIn(text, rules), briefViews(views));
  },
};
