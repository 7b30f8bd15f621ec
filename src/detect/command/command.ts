import type { Detector } from "../detector.ts";
import { type Hit, lookAt } from "../look.ts";
import { purposeOf } from "../purpose.ts";
import { type Rule, surest } from "../rule.ts";
import { COMMAND_ANYWHERE, COMMAND_FRAGMENTS, COMMAND_PROBES, TEMPLATES } from "./rules.ts";

const ANY =
  /[;|&`$<>{\n\r\\^%#@]|[()]|--|-exec|-o|\b(?:cat|cmd|sh|bash|ping|type|rm|dd|del|mkfs|format|bin|ls|dir|net|netstat|ipconfig|ifconfig|systeminfo|tasklist|sysinfo|whoami|id|uname|pwd|env|printenv|reg|netsh|ver|sleep|timeout|curl|wget|perl|nslookup|useradd|adduser|echo|find|tail|head|more)\b/i;

const VALUE = [...COMMAND_ANYWHERE, ...COMMAND_FRAGMENTS, ...COMMAND_PROBES, ...TEMPLATES];
/** Begins as a command, and nothing says whether it should. */
const UNNAMED = [...COMMAND_ANYWHERE, ...COMMAND_PROBES];

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
    const purpose = purposeOf(views, field);
    if (purpose === "content") return [];
    const rules = purpose === "data" ? VALUE : field.name === undefined ? UNNAMED : COMMAND_ANYWHERE;
    return lookAt("command", views, (text) => commandsIn(text, rules));
  },
};
