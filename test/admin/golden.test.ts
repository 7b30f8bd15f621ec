import { readdirSync, readFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { parse } from "yaml";
import { type Authority, authority } from "../../src/admin/authority.ts";
import type { Call } from "../../src/call/call.ts";
import { firstCallId } from "../../src/call/id.ts";
import type { JsonObject } from "../../src/call/json.ts";
import type { Principal } from "../../src/call/principal.ts";
import type { Finding } from "../../src/call/verdict.ts";
import { DEFAULT_RESOURCE_ARGS } from "../../src/config/config.ts";
import type { Gate } from "../../src/gateway/gate.ts";
import { judged } from "../../src/gateway/settle.ts";
import { sightOf } from "../../src/gateway/sight.ts";
import { chain } from "../../src/pipeline/decide.ts";
import { PASS, type Stage } from "../../src/pipeline/stage.ts";
import { compile } from "../../src/policy/compile.ts";
import type { Order } from "../../src/stages/order.ts";
import { visibility } from "../../src/stages/visibility.ts";
import { argsOf, targetOf, unjudgeable } from "../../src/wire/methods.ts";
import { type Api, openApi } from "./api.ts";

/** What a golden case may say of a call (test/cases). */
interface Said {
  readonly principal?: Partial<Principal>;
  readonly server?: string;
  readonly tool?: string;
  readonly prompt?: string;
  readonly resource?: string;
  readonly method?: string;
  readonly args?: JsonObject;
  readonly era?: Call["era"];
  readonly client?: Call["client"];
  readonly at?: string;
  readonly inexact?: readonly string[];
  readonly findings?: readonly Finding[];
}
interface Group {
  readonly sentence: string;
  readonly policy: object;
  readonly servers?: readonly string[];
  readonly resource_args?: readonly string[];
  readonly calls?: readonly {
    readonly name: string;
    readonly call: Said;
    readonly want: { readonly verdict: string; readonly rule: string };
  }[];
}

const folder = `${import.meta.dirname}/../cases`;
const groups = readdirSync(folder)
  .filter((name) => name.endsWith(".yaml"))
  .flatMap((name) => (parse(readFileSync(`${folder}/${name}`, "utf8")) as { groups: Group[] }).groups)
  .filter(({ calls = [] }) => calls.length > 0);

let api: Api;
beforeAll(async () => {
  api = await openApi();
});
afterAll(() => api.close());

function noticing(findings: readonly Finding[]): Stage {
  return {
    name: "noticed",
    broken: "stop",
    before: () => (findings.length === 0 ? PASS : { kind: "pass", findings }),
  };
}

/** The gate with a case's policy, at its time, with what its guards would have noticed. */
function gateOf(group: Group, said: Said): Gate {
  const names = new Set([said.server ?? "files", ...(group.servers ?? [])]);
  const resourceArgs = () => group.resource_args ?? DEFAULT_RESOURCE_ARGS;
  const policy = compile([{ file: "policy", text: JSON.stringify(group.policy) }], { resourceArgs });
  const sight = sightOf(policy, api.gate.catalogue, "enforce");
  const stages = chain([visibility(sight), noticing(said.findings ?? [])]);
  const columns = ["tools/call", "prompts/get", "resources/read", "other", "lists", "asides"];
  const order = Object.fromEntries(columns.map((name) => [name, stages])) as unknown as Order;
  const gate: Gate = {
    ...api.gate,
    servers: new Map([...names].map((name) => [name, { server: {} } as never])),
    policy,
    order,
    inForce: () => ({ policy, order }),
    now: () => Date.parse(said.at ?? "2026-11-20T10:00:00Z"),
  };
  return gate;
}

function principalOf({ principal }: Said): Principal {
  return { id: "ana", tenant: "default", roles: [], scopes: [], ...principal, source: "local-account" };
}

/** The case as a question: what names its target, and the MCP method. */
function questionOf(said: Said): { readonly resource_id: string; readonly operation: string } {
  const { server = "files", tool, prompt, resource, method } = said;
  const rest = tool ?? prompt ?? resource;
  const usual = tool === undefined ? (prompt === undefined ? "resources/read" : "prompts/get") : "tools/call";
  return { resource_id: rest === undefined ? server : `${server}/${rest}`, operation: method ?? usual };
}

/** The call that an MCP client would make of it. */
function callOf(said: Said, at: number): Call {
  const { server = "files", tool, prompt, resource, args = {}, era = "modern", client, inexact = [] } = said;
  const { operation: method } = questionOf(said);
  const name = tool ?? prompt;
  const params: JsonObject =
    name !== undefined
      ? { name, arguments: args }
      : { ...args, ...(resource !== undefined && { uri: resource }) };
  return {
    id: firstCallId(at),
    at,
    principal: principalOf(said),
    client,
    era,
    server,
    method,
    target: targetOf(method, params),
    args: argsOf(method, params),
    meta: {},
    inexact,
  };
}

async function answered(engine: Authority, said: Said) {
  const { args = {}, era, client, inexact = [] } = said;
  const credential = principalOf(said);
  const about = { ...(era !== undefined && { era }), ...(client !== undefined && { client }) };
  const question = { tenant_id: credential.tenant, ...questionOf(said), args, ...about };
  return engine.authorize(question, { credential, inexact });
}

/** Cases about targets that no single request has, such as a completion without a `ref`, are no questions. */
function isQuestion({ method, tool, prompt, resource }: Said): boolean {
  const named = (tool ?? prompt ?? resource) !== undefined;
  return named
    ? method !== "completion/complete"
    : method !== undefined && unjudgeable("modern", method, {}) === undefined;
}

const cases = groups.flatMap((group) =>
  (group.calls ?? []).filter(({ call }) => isQuestion(call)).map((one) => ({ ...one, group })),
);

describe("authorize says what the gate says", () => {
  test.each(cases)("$group.sentence: $name", async ({ group, call: said, want }) => {
    const gate = gateOf(group, said);
    const engine = authority(gate, () => true);
    const answer = await answered(engine, said);
    const { verdict } = await judged(gate, callOf(said, gate.now()));
    expect(answer.decision).toBe(verdict.kind);
    expect(answer.decision).toBe(want.verdict);
    if (answer.reason !== "resource_not_granted") expect(answer.policies[0]).toBe(want.rule);
    const again = await answered(engine, said);
    expect({ ...again, cached: false, decision_id: "" }).toEqual({
      ...answer,
      cached: false,
      decision_id: "",
    });
  });

  test("nearly all golden cases are questions", () => {
    const all = groups.reduce((sum, { calls = [] }) => sum + calls.length, 0);
    expect(cases.length / all).toBeGreaterThan(0.9);
  });
});
