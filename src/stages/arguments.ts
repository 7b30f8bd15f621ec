import type { Call } from "../call/call.ts";
import { isObject, type JsonObject, member } from "../call/json.ts";
import { folded } from "../wire/alike.ts";
import { PASS, type Ruling, type Stage } from "../pipeline/stage.ts";
import type { SchemaCheck } from "./schema.ts";

/**
 * Arguments satisfy the tool's own `inputSchema` (MCP server/tools; JSON Schema 2020-12 unless `$schema` says else).
 * A tool whose schema is not known or cannot be checked is skipped, and the trail says why.
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
      const alike = alikeIn(call.args, schema);
      if (alike !== undefined)
        return stop(`/${alike}`, `\`${alike}\` differs from another argument's name in case only`);
      const said =
        schema === undefined
          ? ({ kind: "unchecked", why: "schema unknown" } as const)
          : check(schema, call.args);
      switch (said.kind) {
        case "fits":
          return PASS;
        case "unchecked":
          return { kind: "skip", why: said.why };
        case "differs":
          return stop(said.path, `The tool's own schema says: ${said.problem}`);
      }
    },
  };
}

function stop(path: string, why: string): Ruling {
  return {
    kind: "stop",
    refusal: {
      kind: "deny",
      rule: { source: "stage", rule: "arguments" },
      cause: { kind: "argument", path },
      why: `${why}.`,
      instead: "Read the tool's input schema and call it with arguments that satisfy it.",
    },
  };
}

/**
 * An argument that a reader who folds case (Go's encoding/json) would take for another one, of the call or of the
 * schema: policy judged one of them, and nobody knows which the server reads.
 */
function alikeIn(args: JsonObject, schema: JsonObject | undefined): string | undefined {
  const declared = schema === undefined ? NONE : declaredBy(schema);
  let undeclared: Set<string> | undefined;
  for (const name of Object.keys(args)) {
    if (Object.hasOwn(declared.names, name)) continue;
    const as = folded(name);
    if (declared.folded.has(as) || undeclared?.has(as) === true) return name.slice(0, 60);
    (undeclared ??= new Set()).add(as);
  }
  return undefined;
}

interface Declared {
  readonly names: JsonObject;
  readonly folded: ReadonlySet<string>;
}
const NONE: Declared = { names: Object.freeze({}), folded: new Set() };
const known = new WeakMap<JsonObject, Declared>();

/** The names of a schema's own `properties`, folded once. */
function declaredBy(schema: JsonObject): Declared {
  const kept = known.get(schema);
  if (kept !== undefined) return kept;
  const properties = member(schema, "properties");
  const names = isObject(properties) ? properties : NONE.names;
  const declared = { names, folded: new Set(Object.keys(names).map(folded)) };
  known.set(schema, declared);
  return declared;
}
