import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parsePolicy } from "./parse.ts";
import { askText } from "./question.ts";

interface Written {
  readonly match: { readonly tool: readonly string[]; readonly role?: readonly string[] };
  readonly when?: string;
  readonly ask: {
    readonly approvers: readonly string[];
    readonly quorum: number;
    readonly within: string;
    readonly notify?: readonly string[];
    readonly requester_may_approve: boolean;
  };
  readonly why: string;
}

function asked(written: object, name = "r") {
  const text = JSON.stringify({ rules: [{ name, ...written }] });
  const [rule] = parsePolicy([{ file: "policy.yaml", text }]).rules;
  if (rule?.effect.kind !== "ask") throw new Error("asks nobody");
  return rule.effect.ask;
}

const some = (...values: string[]) => fc.subarray(values, { minLength: 1 });
const written: fc.Arbitrary<Written> = fc.record(
  {
    match: fc.record({ tool: some("a*", "b", "c?"), role: some("dev", "ops") }, { requiredKeys: ["tool"] }),
    when: fc.constantFrom("args.n > 1", 'tenant == "a"'),
    ask: fc.record(
      {
        approvers: some("ana", "ben", "role:ops").map((them) => [...them, "role:any"]),
        quorum: fc.integer({ min: 1, max: 4 }),
        within: fc.constantFrom("30m", "1h", "2d"),
        notify: some("log:", "slack://ops", "mailto:a@b.example"),
        requester_may_approve: fc.boolean(),
      },
      { requiredKeys: ["approvers", "quorum", "within", "requester_may_approve"] },
    ),
    why: fc.constantFrom("No.", "Ask."),
  },
  { requiredKeys: ["match", "ask", "why"] },
);

describe("the version of what is asked", () => {
  test("is the same however lists and alternatives are ordered or written", () => {
    fc.assert(
      fc.property(written, (one) => {
        const { match, ask, ...rest } = one;
        const tool = match.tool.toReversed().join(" | ");
        const other = {
          ...rest,
          ask: {
            ...ask,
            approvers: ask.approvers.toReversed(),
            ...(ask.notify && { notify: ask.notify.toReversed() }),
          },
          match: { ...(match.role && { role: [...match.role, ...match.role] }), tool },
        };
        expect(asked(other).version).toBe(asked(one).version);
        expect(asked(one, "renamed").version).toBe(asked(one).version);
      }),
      { numRuns: 60 },
    );
  });

  test("is another where the rule says anything else", () => {
    const meaning = ({ match: { tool, role }, when, why, ask }: Written): string => {
      const { approvers, quorum, within, notify, requester_may_approve } = ask;
      return JSON.stringify([
        tool,
        role,
        when,
        why,
        approvers,
        quorum,
        within,
        notify,
        requester_may_approve,
      ]);
    };
    fc.assert(
      fc.property(written, written, (one, other) => {
        expect(asked(one).version === asked(other).version).toBe(meaning(one) === meaning(other));
      }),
      { numRuns: 200 },
    );
  });
});

test("what is left out: one person, within the hour, not who asks; a number alone means approvers by role", () => {
  expect(asked({ ask: { approvers: ["ana"] }, why: "x" })).toEqual({
    rule: "r",
    version: expect.stringMatching(/^sha256:[0-9a-f]{64}$/),
    approvers: ["ana"],
    quorum: 1,
    within_ms: 3_600_000,
    requester_may_approve: false,
    notify: [],
    why: "x",
  });
  const counted = asked({
    ask: { approvers: 3, within: "2d", notify: "slack://ops", on_timeout: "deny" },
    why: "x",
  });
  expect(counted).toMatchObject({ approvers: ["role:approver"], quorum: 3, notify: ["slack://ops"] });
  expect(askText(counted)).toBe("3 of role:approver within 2d");
});

test("a role may be held by many, so a quorum above the number of names is theirs to reach", () => {
  expect(asked({ ask: { approvers: ["cto", "role:ops"], quorum: 5 }, why: "x" }).quorum).toBe(5);
});

test.each([
  "slack://ops",
  "teams://ops",
  "mailto:a@b.example",
  "smtp:a@b.example",
  "webhook://pager",
  "https://h.example/x",
  "log:",
])("%s is a place where somebody can be told", (place) =>
  expect(asked({ ask: { approvers: 1, notify: [place] }, why: "x" }).notify).toEqual([place]),
);

test.each(["http://h.example/x", "slack:ops", "mailto:nobody", "https://", "file:///x", "ops", "log:x"])(
  "%s is none",
  (place) =>
    expect(() => asked({ ask: { approvers: 1, notify: [place] }, why: "x" })).toThrow(
      "is no place where somebody can be told",
    ),
);

test("what only the configuration knows of a place is told where the rule names it", () => {
  const unreachable = (place: string) =>
    place.startsWith("slack:") ? { message: "Slack is not configured", hint: "configure it" } : undefined;
  const text = `rules: [{ name: r, ask: { approvers: 1, notify: ["log:", "slack://ops"] }, why: x }]`;
  const read = (): unknown => parsePolicy([{ file: "p.yaml", text }], { unreachable });
  expect(read).toThrow("p.yaml:1:58  rules[0].ask.notify[1]: Slack is not configured");
});
