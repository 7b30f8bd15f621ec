import { type Action, GUARD_NAMES, type GuardName, type Guarding, type GuardSetting } from "../call/guard.ts";
import type { Detector, Field, Found } from "./detector.ts";
import { DETECTORS } from "./detectors.ts";
import { patternsGuard } from "./patterns/patterns.ts";
import { type Profile, PROFILES } from "./profiles.ts";

/** The guards of a configuration, made ready. */
export interface Guards {
  /** In the order in which findings are listed. */
  readonly detectors: readonly Detector[];
  readonly actionOf: (found: Found, field: Field) => Action;
  /** What it means that a guard broke, or had no time. */
  readonly brokenOf: (guard: string) => "stop" | "pass";
  /** What it means that a text is longer, or has more parts, than is looked at. */
  readonly unseenOf: (guard: string) => "stop" | "pass";
  /** Whether what a guard finds may be masked where a policy masks its kind. Absent: of all. */
  readonly mayMask?: (guard: string) => boolean;
}

/** The least score of a guard's own action where none is written. */
const THRESHOLD = 0.5;

function narrowed(detector: Detector, { fields }: GuardSetting): Detector {
  if (fields === undefined) return detector;
  const names = new Set(fields.map((name) => name.toLowerCase()));
  return {
    ...detector,
    find: (views, field) => (names.has((field.name ?? "").toLowerCase()) ? detector.find(views, field) : []),
  };
}

function detectorsOf(
  { profile, guards, blocked_patterns }: Guarding,
  also: ReadonlySet<string>,
): readonly Detector[] {
  const base = profile === "none" ? [] : PROFILES[profile].guards.map(({ name }) => name);
  const wanted = new Set<string>([...base, ...Object.keys(guards), ...also]);
  return DETECTORS.flatMap((shipped) => {
    const setting = guards[shipped.name as GuardName] ?? {};
    if (!wanted.has(shipped.name) || (setting.action === "off" && !also.has(shipped.name))) return [];
    const own = shipped.name === "patterns" && blocked_patterns !== undefined;
    return [narrowed(own ? patternsGuard(blocked_patterns) : shipped, setting)];
  });
}

/** What somebody writes down as blocked is blocked, unless they say what else is to become of it. */
function settingOf({ guards, blocked_patterns }: Guarding, guard: string): GuardSetting | undefined {
  const setting = guards[guard as GuardName];
  if (guard !== "patterns" || blocked_patterns === undefined) return setting;
  return { action: "block", ...setting };
}

/**
 * Makes the guards of a configuration ready. `also` run because a policy masks what they find; by themselves they then only note.
 * Throws what RE2 says of a pattern that it cannot take.
 */
export function guardsOf(guarding: Guarding, also: ReadonlySet<string> = new Set()): Guards {
  const { profile } = guarding;
  // Guards that are listed without a profile do what the recommended one does.
  const table: Profile = PROFILES[profile === "none" ? "standard" : profile];
  const settings = new Map(GUARD_NAMES.map((name) => [name as string, settingOf(guarding, name)]));
  const running = new Set([
    ...(profile === "none" ? [] : table.guards.map(({ name }) => name)),
    ...Object.keys(guarding.guards),
  ]);
  return {
    detectors: detectorsOf(guarding, also),
    actionOf(found, field) {
      const setting = settings.get(found.guard);
      if (!running.has(found.guard) || setting?.action === "off") return "note";
      if (setting?.action === undefined) return table.actionOf(found, field);
      return found.score >= (setting.threshold ?? THRESHOLD) ? setting.action : "note";
    },
    brokenOf: (guard) => settings.get(guard)?.broken ?? "stop",
    unseenOf: (guard) => settings.get(guard)?.broken ?? (profile === "enterprise" ? "stop" : "pass"),
  };
}
