import type { Call } from "../../src/call/call.ts";
import { callId } from "../../src/call/id.ts";
import type { Voter } from "../../src/config/voters.ts";
import type { Tightened } from "../../src/voters/voters.ts";
import { openVoters } from "../../src/voters/open.ts";

/** A tool call that a voter is asked about; `change` says how it differs from a plain one. */
export function callOf(change: Partial<Call> = {}): Call {
  const at = Date.parse("2026-11-20T10:00:00Z");
  return {
    id: callId(at),
    at,
    principal: { id: "ana", tenant: "acme", roles: ["developer"], scopes: ["read"], source: "host" },
    client: { name: "agent", version: "1.2" },
    era: "modern",
    server: "files",
    method: "tools/call",
    target: { kind: "tool", name: "read_file" },
    args: { path: "/srv/data/notes.txt" },
    meta: {},
    inexact: [],
    ...change,
  };
}

/** What one voter makes of each call, in their order. */
export async function said(voter: Voter, ...calls: readonly Call[]): Promise<readonly Tightened[]> {
  const voters = await openVoters([voter], []);
  try {
    const all: Tightened[] = [];
    for (const call of calls) all.push(await voters.tighten(call));
    return all;
  } finally {
    await voters.close();
  }
}

/** In a word what became of a call: `allow`, `deny`, or `broken` with the reason why there was no decision. */
export function wordOf({ steps, refusal }: Tightened): string {
  const [step] = steps;
  if (step === undefined) return "not asked";
  const passes = refusal === undefined ? "allow" : "deny";
  if (step.said === "broken") return `${passes}, ${step.why ?? ""}`;
  return step.said === passes ? passes : `${step.said} but ${passes}`;
}
