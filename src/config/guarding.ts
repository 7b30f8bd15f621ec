import { RE2JS, RE2JSSyntaxException } from "re2js";
import { type GuardName, type Guarding, type GuardSetting, UNGUARDED } from "../call/guard.ts";
import type { Reading } from "./build.ts";
import { meaning, type Stands, standsFor } from "./guardian-names.ts";

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

type Settings = Partial<Record<GuardName, GuardSetting>>;

/**
 * What is written under a name of MCP Guardian holds for the guards that it stands for, unless they are written themselves. What it means is
 * said, so that nobody takes it for what it is not.
 */
function standIn(
  { origin, findings }: Reading,
  name: string,
  stands: Stands,
  setting: GuardSetting,
  guards: Settings,
  own: ReadonlySet<string>,
): void {
  const off = setting.action === "off";
  if (stands.guards.length === 0 && stands.always !== undefined && off) {
    const why = `cannot be switched off: ${stands.always}`;
    findings.problems.push(origin.problem(["guards", name, "action"], why));
    return;
  }
  if (!off) findings.notes.push(origin.problem(["guards", name], `MCP Guardian's name: ${meaning(stands)}`));
  for (const guard of stands.guards) {
    if (own.has(guard)) continue;
    const before = guards[guard];
    if (before !== undefined && JSON.stringify(before) !== JSON.stringify(setting)) {
      const why = `sets the guard ${guard} otherwise than another of these names`;
      findings.problems.push(origin.problem(["guards", name], why, `write \`${guard}\` itself`));
      continue;
    }
    guards[guard] = setting;
  }
}

/** Which guards run. A gate with a file and no word of it has `standard`; one without a file has none. What is wrong is in the findings. */
export function buildGuarding(reading: Reading): Guarding {
  const { file, path, origin, findings } = reading;
  const written = file.guards ?? {};
  const own = new Set(Object.keys(written));
  const guards: Settings = {};
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
    const stands = standsFor(name);
    if (stands === undefined) guards[name as GuardName] = setting;
    else standIn(reading, name, stands, setting, guards, own);
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
