import * as cedar from "@cedar-policy/cedar-wasm/nodejs";
import { expect, test } from "vitest";
import { indexByScope, type Question, scopeOf } from "./scope.ts";

function indexed(...texts: readonly string[]): (question: Question) => readonly number[] {
  const policies = texts.map((text, order) => {
    const read = cedar.policyToJson(text);
    if (read.type === "failure") throw new Error(read.errors[0]?.message);
    return { order, scope: scopeOf(read.json) };
  });
  const find = indexByScope(policies);
  return (question) => find(question).map(({ order }) => order);
}

const QUESTION: Question = {
  principal: {
    type: "User",
    uid: 'User::"t/ana"',
    within: new Set(['User::"t/ana"', 'Role::"dev"', 'Tenant::"t"']),
  },
  action: { type: "Action", uid: 'Action::"tools/call"', within: new Set(['Action::"tools/call"']) },
  resource: { type: "Tool", uid: 'Tool::"s/a"', within: new Set(['Tool::"s/a"', 'Server::"s"']) },
};

test.each<[string, boolean]>([
  ["principal, action, resource", true],
  ['principal == User::"t/ana", action, resource', true],
  ['principal == User::"t/eve", action, resource', false],
  ['principal == Role::"dev", action, resource', false],
  ['principal in Role::"dev", action, resource', true],
  ['principal in Role::"ops", action, resource', false],
  ["principal is User, action, resource", true],
  ["principal is Service, action, resource", false],
  ['principal is User in Tenant::"t", action, resource', true],
  ['principal is Service in Tenant::"t", action, resource', false],
  ['principal, action == Action::"tools/call", resource', true],
  ['principal, action in [Action::"prompts/get", Action::"tools/call"], resource', true],
  ['principal, action == Action::"prompts/get", resource in Server::"s"', false],
  ["principal, action in [], resource", false],
  ['principal, action, resource == Tool::"s/a"', true],
  ['principal, action, resource == Tool::"s/b"', false],
  ['principal in Role::"ops", action, resource == Tool::"s/a"', false],
  ['principal, action, resource is Prompt in Server::"s"', false],
])("permit(%s) is asked: %s", (head, found) => {
  expect(indexed(`permit(${head});`)(QUESTION)).toEqual(found ? [0] : []);
});

test("policies are found once each, in their order", () => {
  const find = indexed(
    'permit(principal in Role::"dev", action, resource in Server::"s");',
    "forbid(principal, action, resource);",
    'permit(principal, action in [Action::"tools/call", Action::"tools/call"], resource);',
    'permit(principal in Tenant::"t", action, resource);',
  );
  expect(find(QUESTION)).toEqual([0, 1, 2, 3]);
});
