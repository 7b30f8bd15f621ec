import { readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { type Case, shortfalls } from "../../eval/guards.ts";
import type { FindingClass } from "../../src/detect/detector.ts";
import { PROFILES } from "../../src/detect/profiles.ts";
import { seenIn } from "../../src/detect/scan.ts";
import {
  COMMAND_CASES,
  EXFILTRATION_CASES,
  PATH_CASES,
  SHAPE_CASES,
  SQL_CASES,
  URL_CASES,
  type Written,
} from "./cases.ts";
import { ORDINARY } from "./ordinary.ts";
import floors from "./floors.json" with { type: "json" };

/** Of sixty texts, one may come to be missed or found by accident of wording. */
const NOISE = 0.02;

const sample = gunzipSync(readFileSync(new URL("sample.jsonl.gz", import.meta.url)))
  .toString("utf8")
  .split("\n")
  .map((line) => JSON.parse(line) as Case);

const WRITTEN: Readonly<Record<string, readonly Written[]>> = {
  url: URL_CASES,
  exfiltration: EXFILTRATION_CASES,
  shape: SHAPE_CASES,
  command: COMMAND_CASES,
  sql: SQL_CASES,
  path: PATH_CASES,
  patterns: [
    { kind: "tool-args", text: '{"command":"git push --force"}', finds: "command_injection" },
    { kind: "tool-args", text: '{"command":"git push"}', finds: undefined },
  ],
};

const OF: Readonly<Record<string, FindingClass>> = {
  url: "ssrf",
  exfiltration: "exfiltration",
  shape: "malformed",
  command: "command_injection",
  sql: "sql_injection",
  path: "path_traversal",
  patterns: "command_injection",
};

/** The written cases of one guard as cases of the sample. */
const written = Object.entries(WRITTEN).flatMap(([guard, cases]) =>
  cases.map(
    ({ kind, text, finds }): Case => ({
      group: `${guard}, ${finds === undefined ? "benign" : "written"}`,
      kind,
      text,
      of: (finds === undefined ? [OF[guard]] : [finds]) as readonly FindingClass[],
      want: finds !== undefined,
    }),
  ),
);

const OWN_FLOORS = Object.fromEntries(written.map(({ group, want }) => [group, want ? 1 : 0]));
const all = [...sample, ...written];
const everything = { ...floors, ...OWN_FLOORS };
/** Injection is measured elsewhere, and by other texts. */
const guards = PROFILES.enterprise.guards.filter(({ classes }) => !classes.includes("prompt_injection"));

describe("the sample", () => {
  test("no group falls behind what it reached", () => {
    expect(shortfalls(all, guards, everything, NOISE)).toEqual([]);
  });

  const measured = ["secrets", "pii", "sql", "command", "path", "url", "exfiltration", "shape", "patterns"];
  test.each(measured)("without the guard %s it does", (name) => {
    const classes = new Set(guards.find((guard) => guard.name === name)?.classes);
    const concerned = guards.filter((guard) => guard.classes.some((one) => classes.has(one)));
    const others = concerned.filter((guard) => guard.name !== name);
    expect(others).toHaveLength(concerned.length - 1);
    const cases = all.filter(({ of }) => of.some((one) => classes.has(one)));
    expect(shortfalls(cases, others, everything, NOISE)).not.toEqual([]);
  });

  test("a guard that finds something everywhere falls behind too", () => {
    const noisy = {
      ...guards[0]!,
      find: () => [
        {
          guard: "noisy",
          class: "secret",
          severity: "low",
          score: 1,
          span: { from: 0, until: 1 },
          why: "",
        } as const,
      ],
    };
    expect(shortfalls(sample, [noisy], floors, NOISE).join()).toMatch(/secrets, benign/);
  });
});

test("nothing that is ordinary is blocked", () => {
  const blocked = ORDINARY.filter((text) =>
    seenIn(text, "tool-args", PROFILES.standard).some(({ action }) => action === "block"),
  );
  expect(blocked).toEqual([]);
});

describe.each(Object.entries(WRITTEN))("%s", (guard, cases) => {
  test.each(cases.map((one) => [JSON.stringify(one.text).slice(0, 80), one] as const))(
    "%s",
    (_, { kind, text, finds }) => {
      const own = guards.filter(({ name }) => name === guard);
      const classes = seenIn(text, kind, { ...PROFILES.enterprise, guards: own }).map(
        ({ found }) => found.class,
      );
      expect([...new Set(classes)]).toEqual(finds === undefined ? [] : [finds]);
    },
  );
});
