import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Ask } from "../call/ask.ts";
import { approvalId, callId } from "../call/id.ts";
import type { Act, Actor, Approval, Question } from "../store/approvals.ts";
import { standingOf } from "./state.ts";
import { missing, type Vote, vote } from "./vote.ts";

const HOUR = 3_600_000;
const START = Date.UTC(2026, 10, 21);
const ask = (more: Partial<Ask> = {}): Ask => ({
  rule: "two-people",
  version: "sha256:1",
  approvers: ["ana", "bo", "role:lead"],
  quorum: 2,
  within_ms: HOUR,
  requester_may_approve: false,
  notify: [],
  why: "It needs two people.",
  ...more,
});
const question = (asks: readonly Ask[] = [ask()]): Question => ({
  id: approvalId(START),
  at: START,
  call: callId(START),
  principal: "agent",
  subject: "s",
  binding: "b",
  asks,
  expires: START + HOUR,
  shown: {
    server: "s",
    method: "tools/call",
    target: "t",
    target_kind: "tool",
    client: "",
    args: { a: 1 },
    whole: true,
    args_digest: "sha256:2",
    definition: "",
    policy_version: "sha256:3",
  },
});
const person = (id: string, ...roles: readonly string[]): Actor => ({ id, roles, source: "test" });
const YES: Vote = { kind: "approve", preview: "" };
const NO: Vote = { kind: "deny" };
const to = (name: string): Vote => ({ kind: "delegate", to: name });

/** Votes in their order, a minute apart; gives the end, and what was said to each. */
function after(
  start: Approval,
  votes: readonly (readonly [Actor, Vote])[],
): { readonly approval: Approval; readonly said: readonly string[] } {
  let approval = start;
  const said = votes.map(([by, deed], at) => {
    const voted = vote(approval, by, deed, "", START + (at + 1) * 60_000);
    if (voted.kind === "refused") return voted.code;
    approval = { ...approval, acts: [...approval.acts, voted.act] };
    return voted.act.state;
  });
  return { approval, said };
}

const open: Approval = { question: question(), acts: [] };

describe("a vote", () => {
  test.each<[string, Approval, readonly (readonly [Actor, Vote])[], readonly string[]]>([
    [
      "two listed persons",
      open,
      [
        [person("ana"), YES],
        [person("bo"), YES],
      ],
      ["pending", "approved"],
    ],
    [
      "one person twice",
      open,
      [
        [person("ana"), YES],
        [person("ana"), YES],
      ],
      ["pending", "voted"],
    ],
    [
      "by a role",
      open,
      [
        [person("eve", "lead"), YES],
        [person("ana"), YES],
      ],
      ["pending", "approved"],
    ],
    ["nobody's", open, [[person("eve"), YES]], ["not-approver"]],
    ["of who asks", open, [[person("agent", "lead"), YES]], ["own-request"]],
    ["of who asks, to deny", open, [[person("agent", "lead"), NO]], ["own-request"]],
    [
      "against it",
      open,
      [
        [person("ana"), NO],
        [person("bo"), YES],
      ],
      ["denied", "decided"],
    ],
    [
      "against what was approved",
      open,
      [
        [person("ana"), YES],
        [person("bo"), YES],
        [person("eve", "lead"), NO],
      ],
      ["pending", "approved", "denied"],
    ],
    [
      "after the quorum",
      open,
      [
        [person("ana"), YES],
        [person("bo"), YES],
        [person("eve", "lead"), YES],
      ],
      ["pending", "approved", "decided"],
    ],
    [
      "of a delegate",
      open,
      [
        [person("ana"), to("carl")],
        [person("carl"), YES],
        [person("bo"), YES],
      ],
      ["pending", "pending", "approved"],
    ],
    [
      "of who handed it on",
      open,
      [
        [person("ana"), to("carl")],
        [person("ana"), YES],
      ],
      ["pending", "not-approver"],
    ],
    [
      "of a delegate's delegate",
      open,
      [
        [person("ana"), to("carl")],
        [person("carl"), to("dora")],
        [person("carl"), YES],
        [person("dora"), YES],
      ],
      ["pending", "pending", "not-approver", "pending"],
    ],
    [
      "of one person by own right and as delegate",
      open,
      [
        [person("ana"), to("bo")],
        [person("bo"), YES],
        [person("bo"), YES],
      ],
      ["pending", "pending", "voted"],
    ],
    ["handed to who asks", open, [[person("ana"), to("agent")]], ["own-request"]],
    ["handed to oneself", open, [[person("ana"), to("ana")]], ["not-approver"]],
    [
      "handed in a ring",
      open,
      [
        [person("ana"), to("bo")],
        [person("bo"), to("ana")],
        [person("ana"), YES],
        [person("bo"), YES],
      ],
      ["pending", "pending", "not-approver", "not-approver"],
    ],
    [
      "handed on after it was given",
      open,
      [
        [person("ana"), YES],
        [person("ana"), to("carl")],
      ],
      ["pending", "voted"],
    ],
  ])("%s", (_, start, votes, said) => {
    expect(after(start, votes).said).toEqual(said);
  });

  test("of who asks counts where every rule that it counts for lets it", () => {
    const lets = ask({ rule: "own", approvers: ["agent"], quorum: 1, requester_may_approve: true });
    expect(after({ question: question([lets]), acts: [] }, [[person("agent"), YES]]).said).toEqual([
      "approved",
    ]);
    const both = after({ question: question([lets, ask()]), acts: [] }, [[person("agent", "lead"), YES]]);
    expect(both.said).toEqual(["pending"]);
    expect(missing(both.approval)).toEqual([
      { rule: "own", more: 0 },
      { rule: "two-people", more: 2 },
    ]);
  });

  test("after its time is refused, whether or not anybody wrote that it is over", () => {
    expect(vote(open, person("ana"), YES, "", START + HOUR)).toMatchObject({
      kind: "refused",
      code: "decided",
    });
    const { approval } = after(open, [
      [person("ana"), YES],
      [person("bo"), YES],
    ]);
    const used: Act = {
      ...(approval.acts[1] as Act),
      seq: 3,
      deed: { kind: "use", call: callId(START) },
      state: "used",
    };
    const ended = { ...approval, acts: [...approval.acts, used] };
    expect(vote(ended, person("eve", "lead"), NO, "", START + 1)).toMatchObject({ code: "decided" });
  });
});

const name = fc.constantFrom("ana", "bo", "carl", "dora", "agent");
const actor = fc.record({
  id: name,
  roles: fc.subarray(["lead", "boss"]),
  source: fc.constant("test"),
});
const deed = fc.oneof(
  { weight: 5, arbitrary: fc.constant<Vote>(YES) },
  { weight: 1, arbitrary: fc.constant<Vote>(NO) },
  { weight: 2, arbitrary: name.map(to) },
);
const anAsk = fc.record({
  approvers: fc.uniqueArray(fc.constantFrom("ana", "bo", "carl", "role:lead", "role:boss"), { minLength: 1 }),
  quorum: fc.integer({ min: 1, max: 3 }),
});

test("whatever is voted: approved means a quorum of distinct persons for each rule, none of them who asks", () => {
  let approved = 0;
  fc.assert(
    fc.property(
      fc.array(anAsk, { minLength: 1, maxLength: 3 }),
      fc.array(fc.tuple(actor, deed), { maxLength: 12 }),
      (asks, votes) => {
        const rules = asks.map((each, at) => ask({ ...each, rule: `r${at}` }));
        const { approval } = after({ question: question(rules), acts: [] }, votes);
        const { acts } = approval;
        expect(acts.map(({ seq }) => seq)).toEqual(acts.map((_, at) => at + 1));
        const state = acts.at(-1)?.state ?? "pending";
        if (state !== "approved") return;
        approved += 1;
        const yes = acts.filter((act) => act.deed.kind === "approve").map(({ by }) => by.id);
        expect(new Set(yes).size).toBe(yes.length);
        expect(yes).not.toContain("agent");
        const handed = acts.filter((act) => act.deed.kind === "delegate").length;
        for (const rule of rules) {
          const listed = acts.filter(
            ({ by, deed: did }) =>
              did.kind === "approve" &&
              rule.approvers.some(
                (each) => each === by.id || by.roles.some((role) => each === `role:${role}`),
              ),
          ).length;
          // Each right that was handed on gives at most one more person a say.
          expect(listed + handed).toBeGreaterThanOrEqual(rule.quorum);
          expect(yes.length).toBeGreaterThanOrEqual(rule.quorum);
        }
      },
    ),
    { numRuns: 3_000 },
  );
  expect(approved).toBeGreaterThan(50);
});

test("time ends what nobody decided and what was approved and not used, and nothing else", () => {
  const { approval } = after(open, [
    [person("ana"), YES],
    [person("bo"), YES],
  ]);
  const decided = START + 2 * 60_000;
  expect(standingOf(open, START + HOUR - 1)).toEqual({ state: "pending", until: START + HOUR });
  expect(standingOf(open, START + HOUR).state).toBe("expired");
  expect(standingOf(approval, decided + HOUR - 1)).toEqual({ state: "approved", until: decided + HOUR });
  expect(standingOf(approval, decided + HOUR).state).toBe("expired");
  const denied = after(open, [[person("ana"), NO]]).approval;
  expect(standingOf(denied, START + 100 * HOUR).state).toBe("denied");
});
