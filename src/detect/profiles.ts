import { type Action, ACTIONS, type ProfileName } from "../call/guard.ts";
import type { Detector, Field, FindingClass, Found } from "./detector.ts";
import { DETECTORS } from "./detectors.ts";

/** Which guards run, and what each finding leads to. */
export interface Profile {
  readonly name: ProfileName;
  readonly guards: readonly Detector[];
  readonly actionOf: (found: Found, field: Field) => Action;
}

/** The least score that leads to each action; one that is absent never does. */
type Steps = Partial<Record<Action, number>>;

interface Table {
  readonly guards: (name: string) => boolean;
  readonly classes: Readonly<Record<FindingClass, Steps>>;
  /** What differs from the class, by kind. */
  readonly kinds: Readonly<Record<string, Steps>>;
}

const BASIC_GUARDS = new Set(["secrets", "sql", "command", "path", "shape"]);
/** Data that is passed around in ordinary work: told of, and masked where a policy says so. */
const ORDINARY = ["email", "phone", "ip", "date_of_birth"];
const kinds = (names: readonly string[], steps: Steps): Readonly<Record<string, Steps>> =>
  Object.fromEntries(names.map((name) => [name, steps]));

const ATTACK = { warn: 0.5, block: 0.85 };
const TABLES: Readonly<Record<ProfileName, Table>> = {
  basic: {
    guards: (name) => BASIC_GUARDS.has(name),
    classes: {
      prompt_injection: { warn: 0.95 },
      tool_poisoning: { warn: 0.95 },
      secret: { warn: 0.7, mask: 0.9 },
      pii: {},
      command_injection: { warn: 0.7, block: 0.92 },
      sql_injection: { warn: 0.7, block: 0.92 },
      path_traversal: { warn: 0.7, block: 0.9 },
      ssrf: { warn: 0.85, block: 0.95 },
      exfiltration: { warn: 0.85 },
      malformed: { warn: 0.7 },
    },
    kinds: {},
  },
  standard: {
    guards: (name) => name !== "patterns",
    classes: {
      prompt_injection: { warn: 0.5, block: 0.85 },
      tool_poisoning: { warn: 0.5, block: 0.85 },
      secret: { warn: 0.5, mask: 0.7 },
      pii: { mask: 0.75 },
      command_injection: ATTACK,
      sql_injection: ATTACK,
      path_traversal: ATTACK,
      ssrf: { warn: 0.55, block: 0.85 },
      exfiltration: { warn: 0.6, block: 0.85 },
      malformed: { warn: 0.6 },
    },
    kinds: kinds(ORDINARY, { warn: 0.7 }),
  },
  enterprise: {
    guards: () => true,
    classes: {
      prompt_injection: { warn: 0.5, block: 0.85 },
      tool_poisoning: { warn: 0.5, block: 0.85 },
      secret: { warn: 0.4, mask: 0.55, block: 0.95 },
      pii: { mask: 0.7 },
      command_injection: { warn: 0.4, block: 0.75 },
      sql_injection: { warn: 0.4, block: 0.75 },
      path_traversal: { warn: 0.4, block: 0.75 },
      ssrf: { warn: 0.4, block: 0.6 },
      exfiltration: { warn: 0.5, block: 0.7 },
      malformed: { warn: 0.4, block: 0.85 },
    },
    kinds: kinds(["ip"], { warn: 0.5 }),
  },
};

function actionBy(steps: Steps, score: number): Action {
  return ACTIONS.findLast((action) => score >= (steps[action] ?? (action === "note" ? 0 : 2))) ?? "note";
}

function profileOf(name: ProfileName): Profile {
  const { guards, classes, kinds } = TABLES[name];
  return {
    name,
    guards: DETECTORS.filter((detector) => guards(detector.name)),
    actionOf: (found, { role }) => {
      const { kind = "" } = found;
      const steps = found.class === "pii" && Object.hasOwn(kinds, kind) ? kinds[kind] : classes[found.class];
      const action = actionBy(steps ?? {}, found.score);
      // Whoever wrote a tool gives an address to be reached at, and examples are nobody's.
      if (found.class === "pii" && action === "warn" && role === "definition") return "note";
      // A secret that comes back can be masked; the rest of the answer is what was asked for.
      return found.class === "secret" && action === "block" && role !== "argument" ? "mask" : action;
    },
  };
}

/** The three profiles. Each runs the guards of the one before it and more, and answers no finding more mildly. */
export const PROFILES: Readonly<Record<ProfileName, Profile>> = {
  basic: profileOf("basic"),
  standard: profileOf("standard"),
  enterprise: profileOf("enterprise"),
};
