import { RE2JS, RE2JSSyntaxException } from "re2js";
import { type GuardName, type Guarding, type GuardSetting, UNGUARDED } from "../call/guard.ts";
import type { Reading } from "./build.ts";

/** What RE2 says of a pattern that it cannot take. */
function wrongWith(pattern: string): string | undefined {
  try {
    RE2JS.compile(pattern, RE2JS.CASE_INSENSITIVE);
    return undefined;
  } catch (error) {
    if (error instanceof RE2JSSyntaxException) return error.message;
    throw error;
  }
}

/** Which guards run. A gate with a file and no word of it has `standard`; one without a file has none. What is wrong is in the findings. */
export function buildGuarding({ file, path, origin, findings }: Reading): Guarding {
  const written = file.guards ?? {};
  const guards: Partial<Record<GuardName, GuardSetting>> = {};
  for (const [name, said] of Object.entries(written)) {
    if (said === undefined) continue;
    const { threshold, action } = said;
    if (threshold !== undefined && (action === undefined || action === "off"))
      findings.problems.push(
        origin.problem(["guards", name, "threshold"], "nothing is done from there on", "add `action:`"),
      );
    const setting = Object.fromEntries(
      Object.entries(said).filter(([key, value]) => key !== "blocked" && value !== undefined),
    );
    guards[name as GuardName] = setting;
  }
  const blocked = written.patterns?.blocked;
  for (const [index, pattern] of (blocked ?? []).entries()) {
    const wrong = wrongWith(pattern);
    if (wrong !== undefined)
      findings.problems.push(origin.problem(["guards", "patterns", "blocked", index], wrong, "RE2 syntax"));
  }
  if (file.profile === undefined && file.guards === undefined && path === undefined) return UNGUARDED;
  const profile = file.profile ?? (file.guards === undefined ? "standard" : "none");
  return { profile, guards, ...(blocked !== undefined && { blocked_patterns: blocked }) };
}
