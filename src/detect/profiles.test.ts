import fc from "fast-check";
import { expect, test } from "vitest";
import type { FindingClass, Role } from "./detector.ts";
import { DETECTORS } from "./detectors.ts";
import { ACTIONS, PROFILE_NAMES } from "../call/guard.ts";
import { PROFILES } from "./profiles.ts";

const CLASSES = [...new Set(DETECTORS.flatMap(({ classes }) => classes))] as readonly FindingClass[];
const ROLES: readonly Role[] = [
  "argument",
  "result",
  "definition",
  "resource",
  "prompt",
  "elicitation",
  "text",
];

test("each profile runs the guards of the one before it, and more", () => {
  const names = PROFILE_NAMES.map((name) => PROFILES[name].guards.map((guard) => guard.name));
  expect(names[1]).toEqual(expect.arrayContaining([...(names[0] ?? [])]));
  expect(names[2]).toEqual(expect.arrayContaining([...(names[1] ?? [])]));
  expect(names.map(({ length }) => length)).toEqual(
    [...new Set(names.map(({ length }) => length))].toSorted((a, b) => a - b),
  );
  expect(names[2]).toEqual(DETECTORS.map(({ name }) => name));
});

test("no profile answers a finding more mildly than the one before it, and none a surer one more mildly", () => {
  const found = fc.record({
    class: fc.constantFrom(...CLASSES),
    kind: fc.constantFrom(undefined, "email", "phone", "ip", "date_of_birth", "ssn", "credit_card", "github"),
    score: fc.double({ min: 0, max: 1, noNaN: true }),
    less: fc.double({ min: 0, max: 1, noNaN: true }),
    role: fc.constantFrom(...ROLES),
  });
  fc.assert(
    fc.property(found, ({ class: of, kind, score, less, role }) => {
      const rank = (name: (typeof PROFILE_NAMES)[number], sure: number): number =>
        ACTIONS.indexOf(
          PROFILES[name].actionOf(
            {
              guard: "g",
              class: of,
              ...(kind !== undefined && { kind }),
              severity: "low",
              score: sure,
              span: { from: 0, until: 0 },
              why: "",
            },
            { role },
          ),
        );
      const [basic = 0, standard = 0, enterprise = 0] = PROFILE_NAMES.map((name) => rank(name, score));
      expect(standard).toBeGreaterThanOrEqual(basic);
      expect(enterprise).toBeGreaterThanOrEqual(standard);
      for (const name of PROFILE_NAMES)
        expect(rank(name, score * less)).toBeLessThanOrEqual(rank(name, score));
    }),
  );
});

test("what standard does about what it is surest of", () => {
  const action = (of: FindingClass, score: number, role: Role, kind?: string): string =>
    PROFILES.standard.actionOf(
      {
        guard: "g",
        class: of,
        ...(kind !== undefined && { kind }),
        severity: "high",
        score,
        span: { from: 0, until: 1 },
        why: "",
      },
      { role },
    );
  expect(action("secret", 0.95, "result")).toBe("mask");
  expect(action("pii", 0.95, "result", "credit_card")).toBe("mask");
  expect(action("pii", 0.95, "result", "email")).toBe("warn");
  expect(action("pii", 0.95, "definition", "email")).toBe("note");
  expect(action("sql_injection", 0.92, "argument")).toBe("block");
  expect(action("ssrf", 0.5, "argument", "loopback")).toBe("note");
  expect(action("ssrf", 0.95, "argument", "metadata")).toBe("block");
});
