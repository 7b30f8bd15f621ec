import * as cedar from "@cedar-policy/cedar-wasm/nodejs";
import fc from "fast-check";
import { expect, test } from "vitest";
import { callOf } from "../../../test/voters/asked.ts";
import type { Call } from "../../call/call.ts";
import { problemOf } from "../../document/problem.ts";
import { decider } from "./decide.ts";
import { hierarchy, named } from "./entities.ts";
import type { CedarPolicy } from "./read.ts";
import { requestOf } from "./request.ts";
import { scopeOf } from "./scope.ts";
import { slices } from "./slices.ts";

function policyOf(text: string, order: number): CedarPolicy {
  const read = cedar.policyToJson(text);
  if (read.type === "failure") throw new Error(read.errors[0]?.message);
  const { json } = read;
  const problem: CedarPolicy["problem"] = (message) => problemOf("", message);
  return {
    order,
    text,
    name: `p${order}`,
    why: undefined,
    scope: scopeOf(json),
    names: named(json),
    problem,
  };
}

/** All the entities that there are, in no order: some lie in each other, some are not known. */
const ENTITIES: readonly cedar.EntityJson[] = [
  { uid: { type: "Role", id: "dev" }, attrs: {}, parents: [{ type: "Role", id: "staff" }] },
  { uid: { type: "Tool", id: "s1/a" }, attrs: { risk: 1 }, parents: [{ type: "Group", id: "inner" }] },
  { uid: { type: "Group", id: "inner" }, attrs: {}, parents: [{ type: "Group", id: "outer" }] },
  { uid: { type: "Server", id: "s2" }, attrs: { risk: 2 }, parents: [{ type: "Group", id: "outer" }] },
  { uid: { type: "Action", id: "tools/call" }, attrs: {}, parents: [{ type: "Action", id: "doing" }] },
  {
    uid: { type: "User", id: "t/ana" },
    attrs: { likes: { __entity: { type: "Tool", id: "s1/a" } } },
    parents: [],
  },
];

const principal = fc.constantFrom(
  "principal",
  'principal == User::"t/ana"',
  'principal in Role::"dev"',
  'principal in Role::"staff"',
  "principal is User",
  'principal is User in Role::"staff"',
  'principal in Tenant::"t"',
  'principal == User::"t/eve"',
);
const action = fc.constantFrom(
  "action",
  'action == Action::"tools/call"',
  'action in Action::"doing"',
  'action in [Action::"prompts/get", Action::"doing"]',
);
const resource = fc.constantFrom(
  "resource",
  'resource == Tool::"s1/a"',
  'resource in Server::"s1"',
  'resource in Group::"outer"',
  "resource is Tool",
  'resource is Prompt in Server::"s2"',
  'resource in Server::"s2"',
);
const condition = fc.constantFrom(
  "",
  "when { resource.risk == 1 }",
  'when { principal.likes in Group::"outer" }',
  'unless { resource in Group::"inner" }',
  'when { Server::"s2".risk == 2 }',
  "when { context.args.n > 1 }",
  'when { resource has risk && principal in Role::"staff" }',
);
const policy = fc
  .tuple(fc.constantFrom("permit", "permit", "forbid"), principal, action, resource, condition)
  .map(([effect, who, what, where, when]) => `${effect}(${who}, ${what}, ${where}) ${when};`);
const call: fc.Arbitrary<Call> = fc
  .record({
    id: fc.constantFrom("ana", "eve"),
    roles: fc.subarray(["dev", "staff", "odd"]),
    server: fc.constantFrom("s1", "s2", "s3"),
    kind: fc.constantFrom("tool", "prompt"),
    name: fc.constantFrom("a", "b"),
    n: fc.constantFrom(0, 2, "x"),
  })
  .map(({ id, roles, server, kind, name, n }) =>
    callOf({
      principal: { id, tenant: "t", roles, scopes: [], source: "host" },
      server,
      method: kind === "tool" ? "tools/call" : "prompts/get",
      target: { kind, name },
      args: { n },
    }),
  );

/** The same question with every policy and every entity, as Cedar itself decides it. */
function whole(policies: readonly string[], asked: Call): string {
  const request = requestOf(asked);
  const world = hierarchy(ENTITIES);
  const own = [request.principal, request.action, request.resource].map(world.joined);
  const ids = new Set(own.map(({ uid }) => JSON.stringify(uid)));
  const answer = cedar.isAuthorized({
    principal: request.principal.uid,
    action: request.action.uid,
    resource: request.resource.uid,
    context: request.context,
    policies: { staticPolicies: [...policies].join("\n") },
    entities: [...own, ...ENTITIES.filter(({ uid }) => !ids.has(JSON.stringify(uid)))],
  });
  if (answer.type === "failure") throw new Error(answer.errors[0]?.message);
  const { decision, diagnostics } = answer.response;
  if (decision === "deny" && diagnostics.reason.length > 0) return "deny";
  return diagnostics.errors.length > 0 ? "unclear" : decision;
}

test("the policies that a call is judged by decide as all of them would", () => {
  const seen = new Set<string>();
  fc.assert(
    fc.property(
      fc.array(policy, { maxLength: 12 }),
      fc.array(call, { minLength: 1, maxLength: 4 }),
      (texts, calls) => {
        const decide = decider(cedar, texts.map(policyOf), hierarchy(ENTITIES));
        for (const each of calls) {
          const { kind } = decide(each);
          seen.add(kind);
          expect(kind).toBe(whole(texts, each));
        }
      },
    ),
    { numRuns: 150 },
  );
  expect([...seen].toSorted()).toEqual(["allow", "deny", "unclear"]);
});

test("sets of policies come and go, and none is taken for another", () => {
  const texts = Array.from(
    { length: 400 },
    (_, at) => `permit(principal, action, resource == Tool::"s/${at}");`,
  );
  const decide = decider(cedar, texts.map(policyOf), hierarchy([]));
  const tool = (name: string): Call => callOf({ server: "s", target: { kind: "tool", name } });
  for (const round of [0, 1, 2])
    for (let at = 0; at < 400; at += 1)
      expect([round, at, decide(tool(String(at))).kind]).toEqual([round, at, "allow"]);
  expect(decide(tool("400")).kind).toBe("deny");
});

test("a set is parsed again only when it was not asked for the longest", () => {
  const parsed: string[] = [];
  const counting: typeof cedar = {
    ...cedar,
    preparsePolicySet: (name, set) => {
      parsed.push(Object.keys(set.staticPolicies ?? {}).join());
      return cedar.preparsePolicySet(name, set);
    },
  };
  const policies = Array.from({ length: 258 }, (_, at) =>
    policyOf("permit(principal, action, resource);", at),
  );
  const sliced = slices(counting);
  const [first, second] = policies;
  for (const policy of policies.slice(0, 256)) sliced([policy]);
  sliced(first === undefined ? [] : [first]);
  for (const policy of policies.slice(256)) sliced([policy]);
  expect(parsed).toHaveLength(258);
  sliced(first === undefined ? [] : [first]);
  expect(parsed).toHaveLength(258);
  sliced(second === undefined ? [] : [second]);
  expect(parsed.at(-1)).toBe("p1");
});
