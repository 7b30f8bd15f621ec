import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Answer } from "../call/answer.ts";
import type { Call } from "../call/call.ts";
import { callId } from "../call/id.ts";
import type { Edit, Refusal, Verdict } from "../call/verdict.ts";
import { chain, decide, inspect } from "./decide.ts";
import { PASS, type Ruling, type Stage } from "./stage.ts";

const call: Call = {
  id: callId(0),
  at: 0,
  principal: { id: "ana", tenant: "t", roles: [], scopes: [], source: "anonymous" },
  client: undefined,
  era: "legacy",
  server: "s",
  method: "tools/call",
  target: { kind: "tool", name: "x" },
  args: { seen: "" },
  meta: {},
  inexact: [],
};
const refusal = (rule: string): Refusal => ({
  kind: "deny",
  rule: { source: "stage", rule },
  cause: { kind: "policy" },
  why: "no",
});
/** Edits are letters that are added, so that order shows. */
const apply = (seen: Call, edits: readonly Edit[]): Call => ({
  ...seen,
  args: { seen: (seen.args["seen"] as string) + edits.map(({ path }) => path.join("")).join("") },
});

type Does = "pass" | "rewrite" | "stop" | "throw";
interface Plan {
  readonly does: Does;
  readonly broken: "stop" | "pass";
  readonly late: boolean;
}
const plan = fc.record<Plan>({
  does: fc.constantFrom<Does>("pass", "rewrite", "stop", "throw"),
  broken: fc.constantFrom("stop", "pass"),
  late: fc.boolean(),
});

function stageOf({ does, broken, late }: Plan, at: number, saw: string[]): Stage {
  const name = String.fromCodePoint(97 + at);
  const rule = (seen: Call): Ruling => {
    saw.push(`${name}:${seen.args["seen"] as string}`);
    if (does === "throw") throw new Error("broken");
    if (does === "stop") return { kind: "stop", refusal: refusal(name) };
    return does === "rewrite" ? { kind: "rewrite", edits: [{ kind: "remove", path: [name] }] } : PASS;
  };
  return { name, broken, before: late ? async (seen) => rule(seen) : rule };
}

const ALLOW: Verdict = { kind: "allow", rule: { source: "p", rule: "r" } };

describe("a decision", () => {
  test("is the judge's alone to allow, over what every stage made of the call, unless a stage stopped it", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(plan, { maxLength: 6 }), async (plans) => {
        const saw: string[] = [];
        let judged: Call | undefined;
        const decision = await decide(
          call,
          chain(plans.map((one, at) => stageOf(one, at, saw))),
          (seen) => {
            judged = seen;
            return ALLOW;
          },
          apply,
          () => 0,
        );
        const stops = plans.findIndex(
          ({ does, broken }) => does === "stop" || (does === "throw" && broken === "stop"),
        );
        const reached = stops === -1 ? plans : plans.slice(0, stops);
        const rewritten = reached.flatMap(({ does }, at) =>
          does === "rewrite" ? [String.fromCodePoint(97 + at)] : [],
        );
        expect(decision.call.args["seen"]).toBe(rewritten.join(""));
        expect(decision.edits.length).toBe(rewritten.length);
        expect(saw.length).toBe(stops === -1 ? plans.length : stops + 1);
        if (stops === -1) {
          expect(decision.verdict).toBe(ALLOW);
          expect(judged).toBe(decision.call);
          expect(decision.trail.at(-1)?.said).toBe("allow");
        } else {
          expect(judged).toBeUndefined();
          expect(decision.verdict.kind).toBe("deny");
          expect(decision.verdict.rule.rule).toBe(String.fromCodePoint(97 + stops));
        }
        // A stage that broke is never reported as one that ran.
        expect(decision.trail.filter(({ said }) => said === "broken").length).toBe(
          plans.slice(0, stops === -1 ? plans.length : stops + 1).filter(({ does }) => does === "throw")
            .length,
        );
      }),
      { numRuns: 500 },
    );
  });

  test("keeps the word of a stage that could not look, and never takes it for a pass", async () => {
    const stages = chain([{ name: "a", broken: "stop", before: () => ({ kind: "skip", why: "no schema" }) }]);
    const { verdict, trail, findings } = await decide(
      call,
      stages,
      () => ALLOW,
      apply,
      () => 0,
    );
    expect(verdict).toBe(ALLOW);
    expect(trail[0]).toEqual({ stage: "a", said: "skip", us: 0, why: "no schema" });
    expect(findings).toEqual([]);
  });

  test("is a refusal that names the stage where one breaks that must not be skipped", async () => {
    const stages = chain([stageOf({ does: "throw", broken: "stop", late: true }, 0, [])]);
    const { verdict } = await decide(
      call,
      stages,
      () => ALLOW,
      apply,
      () => 0,
    );
    expect(verdict).toMatchObject({ kind: "deny", cause: { kind: "broken", stage: "a" } });
  });
});

test("an answer is seen by each stage as the one before left it, and by none after one that stopped it", async () => {
  const answer: Answer = { kind: "result", result: { text: "" } };
  const seen: unknown[] = [];
  const adding = (name: string, ruling: Ruling): Stage => ({
    name,
    broken: "stop",
    after: (said) => {
      seen.push(said.kind === "result" ? said.result["text"] : said.kind);
      return ruling;
    },
  });
  const set: Ruling = { kind: "rewrite", edits: [{ kind: "set", path: ["text"], to: "changed" }] };
  const stages = chain([
    adding("a", set),
    adding("b", { kind: "stop", refusal: refusal("b") }),
    adding("c", PASS),
  ]);
  const changed = (said: Answer): Answer =>
    said.kind === "result" ? { ...said, result: { text: "changed" } } : said;
  const inspection = await inspect(answer, call, stages, changed, () => 0);
  expect(inspection).toMatchObject({ kind: "stop", refusal: { rule: { rule: "b" } } });
  expect(seen).toEqual(["", "changed"]);
});
