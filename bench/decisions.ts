import { firstCallId } from "../src/call/id.ts";
import type { Call } from "../src/call/call.ts";
import { compile } from "../src/policy/compile.ts";
import { median } from "./numbers.ts";

export interface Decided {
  readonly rules: number;
  /** CPU of one decision of a call about whose target ten rules can speak; median over rounds, µs. */
  readonly us: number;
}

const SIZES = [10, 100, 1000] as const;
const CAN_MATCH = 10;
const ROUNDS = 15;
const CALLS = 20_000;

/** Ten rules about one tool (allowing, denying with conditions, counting), the others about other tools. */
export function policyText(rules: number): string {
  const own = Array.from({ length: CAN_MATCH }, (_, at) => {
    const match = { server: "files", tool: at % 2 === 0 ? "write_file" : "write_*" };
    if (at === 0) return { name: "allowed", match, allow: true };
    if (at === 1) return { name: "counted", match, limit: { rate: "100000/hour", per: ["user"] } };
    const when = at % 2 === 0 ? '!path.within(args.path, "/srv")' : `size(args.content) > ${1000 * at}`;
    return { name: `denied-${at}`, match, when, deny: true, why: "No." };
  });
  const others = Array.from({ length: rules - CAN_MATCH }, (_, at) => ({
    name: `other-${at}`,
    match: { server: `server-${at % 50}`, tool: `tool_${at}_*` },
    allow: true,
  }));
  return JSON.stringify({ rules: [...others, ...own] });
}

const callOf = (at: number): Call => ({
  id: firstCallId(at),
  at,
  principal: { id: "ana", tenant: "acme", roles: ["developer"], scopes: [], source: "local-account" },
  client: undefined,
  era: "modern",
  server: "files",
  method: "tools/call",
  target: { kind: "tool", name: "write_file" },
  args: { path: `/srv/data/${at % 100}.txt`, content: "some words to write down" },
  meta: {},
  inexact: [],
});

/** What one decision costs by how many rules there are. */
export function decisions(): readonly Decided[] {
  const calls = Array.from({ length: 100 }, (_, at) => callOf(1_800_000_000_000 + at));
  const policies = SIZES.map((rules) => ({
    rules,
    policy: compile([{ file: "policy.yaml", text: policyText(rules) }], { resourceArgs: () => ["path"] }),
    rounds: [] as number[],
  }));
  for (let round = 0; round < ROUNDS; round++) {
    for (const { policy, rounds } of policies) {
      const from = process.cpuUsage();
      for (let at = 0; at < CALLS; at++) {
        const call = calls[at % calls.length];
        if (call !== undefined && policy.judge(call, []).kind !== "allow") throw new Error("it was refused");
      }
      const { user, system } = process.cpuUsage(from);
      rounds.push((user + system) / CALLS);
    }
  }
  return policies.map(({ rules, rounds }) => ({ rules, us: median(rounds) }));
}
