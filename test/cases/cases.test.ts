import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { z } from "zod";
import type { Call, Target } from "../../src/call/call.ts";
import { firstCallId } from "../../src/call/id.ts";
import { DEFAULT_RESOURCE_ARGS } from "../../src/config/config.ts";
import { Problems } from "../../src/document/problem.ts";
import { readDocument } from "../../src/document/read.ts";
import { type CompileOptions, compile } from "../../src/policy/compile.ts";
import { askText } from "../../src/policy/question.ts";

const principal = z.strictObject({
  id: z.string().default("ana"),
  tenant: z.string().default("default"),
  roles: z.array(z.string()).default([]),
  scopes: z.array(z.string()).default([]),
});
const where = {
  principal: principal.prefault({}),
  server: z.string().default("files"),
  tool: z.string().optional(),
  prompt: z.string().optional(),
  resource: z.string().optional(),
};

/** A sentence of the contract, a policy, and what that policy must say and have written down. */
const caseFile = z.strictObject({
  groups: z.array(
    z.strictObject({
      sentence: z.string(),
      policy: z.json(),
      servers: z.array(z.string()).optional(),
      resource_args: z.array(z.string()).optional(),
      calls: z
        .array(
          z.strictObject({
            name: z.string(),
            call: z.strictObject({
              ...where,
              method: z.string().optional(),
              args: z.record(z.string(), z.json()).default({}),
              era: z.enum(["legacy", "modern"]).default("modern"),
              client: z.strictObject({ name: z.string(), version: z.string() }).optional(),
              at: z.iso.datetime().default("2026-11-20T10:00:00Z"),
              inexact: z.array(z.string()).default([]),
              findings: z
                .array(
                  z.strictObject({
                    guard: z.string(),
                    class: z.string(),
                    severity: z.enum(["low", "medium", "high", "critical"]),
                  }),
                )
                .default([]),
            }),
            /** The journal's fields. `rule_source`: `version` is that of the policy, anything else is meant as it stands. */
            want: z.strictObject({
              verdict: z.enum(["allow", "deny", "hold"]),
              rule: z.string(),
              rule_source: z.string(),
            }),
            says: z.string().optional(),
            /** Of a held call, each question: `rule: what is asked of whom`. */
            asks: z.array(z.string()).optional(),
            /** What the call is charged, as `counter amount/most`. */
            charged: z.array(z.string()).optional(),
          }),
        )
        .optional(),
      hidden: z
        .array(z.strictObject({ name: z.string(), of: z.strictObject(where), want: z.boolean() }))
        .optional(),
      refused: z.array(z.string()).optional(),
    }),
  ),
});

function targetOf({
  tool,
  prompt,
  resource,
}: {
  tool?: string | undefined;
  prompt?: string | undefined;
  resource?: string | undefined;
}): Target {
  if (tool !== undefined) return { kind: "tool", name: tool };
  if (prompt !== undefined) return { kind: "prompt", name: prompt };
  return resource === undefined ? { kind: "none" } : { kind: "resource", uri: resource };
}
const METHOD = {
  tool: "tools/call",
  prompt: "prompts/get",
  resource: "resources/read",
  task: "tasks/get",
  none: "",
};

function problemsOf(file: string, text: string, options: CompileOptions): string {
  try {
    compile([{ file, text }], options);
    return "";
  } catch (error) {
    if (error instanceof Problems) return error.message;
    throw error;
  }
}

const folder = import.meta.dirname;
const files = readdirSync(folder).filter((name) => name.endsWith(".yaml"));

describe.each(files)("%s", (file) => {
  const { groups } = readDocument(file, readFileSync(`${folder}/${file}`, "utf8"), caseFile).value;
  describe.each(groups)("$sentence", (group) => {
    const text = JSON.stringify(group.policy);
    const options: CompileOptions = {
      resourceArgs: () => group.resource_args ?? DEFAULT_RESOURCE_ARGS,
      ...(group.servers && { servers: group.servers }),
    };

    test.each(group.calls ?? [])("$name", ({ call, want, says, asks, charged }) => {
      const policy = compile([{ file: "policy.yaml", text }], options);
      const { at, findings, principal, server, method, args, era, client, inexact } = call;
      const target = targetOf(call);
      const judged: Call = {
        id: firstCallId(Date.parse(at)),
        at: Date.parse(at),
        principal: { ...principal, source: "local-account" },
        client,
        era,
        server,
        method: method ?? METHOD[target.kind],
        target,
        args,
        meta: {},
        inexact,
      };
      const verdict = policy.judge(judged, findings);
      const { kind, rule } = verdict;
      const rule_source = rule.source === policy.version ? "version" : rule.source;
      expect({ verdict: kind, rule: rule.rule, rule_source }).toEqual(want);
      const asked = kind === "hold" ? verdict.asks : [];
      expect(asked.map((each) => `${each.rule}: ${askText(each)}`)).toEqual(asks ?? []);
      const charges = kind === "deny" ? [] : (verdict.charges ?? []);
      expect(charges.map(({ counter, amount, most }) => `${counter} ${amount}/${most}`)).toEqual(
        charged ?? [],
      );
      expect("why" in verdict ? verdict.why : "").toContain(says ?? "");
      expect(kind !== "deny" && policy.hides(judged.principal, server, target)).toBe(false);
    });

    test.each(group.hidden ?? [])("$name", ({ of, want }) => {
      const policy = compile([{ file: "policy.yaml", text }], options);
      expect(policy.hides({ ...of.principal, source: "local-account" }, of.server, targetOf(of))).toBe(want);
    });

    test.each(group.refused ?? [])("is refused: %s", (message) => {
      expect(problemsOf("policy.yaml", text, options)).toContain(message);
    });

    test("shows something", () => {
      expect(
        [group.calls, group.hidden, group.refused].flat().filter((each) => each !== undefined),
      ).not.toEqual([]);
    });
  });
});
