import type { Call } from "../call/call.ts";
import type { JsonObject } from "../call/json.ts";
import { PASS, type Ruling, type Stage } from "../pipeline/stage.ts";
import type { SchemaCheck } from "./schema.ts";

/**
 * Arguments satisfy the tool's own `inputSchema` (MCP server/tools; JSON Schema 2020-12 unless `$schema` says else).
 * A tool whose schema is not known or cannot be checked passes with a finding that says so: it was not checked.
 */
export function argumentsFit(
  inputSchemaOf: (call: Call) => JsonObject | undefined,
  check: SchemaCheck,
): Stage {
  return {
    name: "arguments",
    broken: "stop",
    before(call): Ruling {
      if (call.target.kind !== "tool") return PASS;
      const schema = inputSchemaOf(call);
      const said =
        schema === undefined
          ? ({ kind: "unchecked", why: "schema unknown" } as const)
          : check(schema, call.args);
      switch (said.kind) {
        case "fits":
          return PASS;
        case "unchecked":
          return {
            kind: "pass",
            findings: [{ guard: "arguments", class: "malformed", severity: "low", path: said.why }],
          };
        case "differs":
          return {
            kind: "stop",
            refusal: {
              kind: "deny",
              rule: { source: "stage", rule: "arguments" },
              cause: { kind: "argument", path: said.path },
              why: `The tool's own schema says: ${said.problem}.`,
              instead: "Read the tool's input schema and call it with arguments that satisfy it.",
            },
          };
      }
    },
  };
}
