import type { Ajv as Validator, ValidateFunction } from "ajv";
import type { JsonObject } from "../call/json.ts";
import { type Checker, differs } from "./differs.ts";
import { addUniqueItems } from "./unique.ts";
import { type Afford, affordable } from "./work.ts";

/** `path` is a JSON Pointer into the arguments; `problem` never holds a value that was sent. */
export type SchemaVerdict =
  | { readonly kind: "fits" }
  | { readonly kind: "unchecked"; readonly why: string }
  | { readonly kind: "differs"; readonly path: string; readonly problem: string };
export type SchemaCheck = (schema: JsonObject, value: JsonObject) => SchemaVerdict;

/** A schema comes from a server, so its size is bounded before anything is compiled from it. */
const LARGEST_CHARS = 256 * 1024;
const DRAFT_7 = /^https?:\/\/json-schema\.org\/draft-0[67]\/schema#?$/;

type Compiled = Checker | string;

/** Validators of both dialects. */
interface Pair {
  readonly latest: Validator;
  readonly draft7: Validator;
}

/** Loads the library; gives what makes validators that find the first problem, or all. */
async function loaded(): Promise<(allErrors: boolean) => Pair> {
  const [{ Ajv }, { Ajv2020 }, { default: addFormats }, { RE2JS }] = await Promise.all([
    import("ajv"),
    import("ajv/dist/2020.js"),
    import("ajv-formats"),
    import("re2js"),
  ]);
  const regExp = Object.assign(
    (pattern: string) => {
      const compiled = RE2JS.compile(pattern);
      return { test: (text: string) => compiled.matcher(text).find() };
    },
    { code: "re2" },
  );
  const options = {
    strict: false,
    validateSchema: false,
    logger: false,
    code: { regExp },
    // Written out at each place, what a reference leads to can make code without end from a small schema.
    inlineRefs: false,
  } as const;
  return (allErrors) => {
    const latest = new Ajv2020({ ...options, allErrors });
    const draft7 = new Ajv({ ...options, allErrors });
    // Formats are annotations in 2020-12; those with linear checks are worth holding a caller to.
    for (const ajv of [latest, draft7]) {
      addFormats.default(ajv, ["date", "date-time", "time", "email", "uri", "uuid", "ipv4", "ipv6"]);
      addUniqueItems(ajv);
    }
    return { latest, draft7 };
  };
}

/**
 * A checker that compiles each schema once. Patterns run on RE2, because a server may send one that never ends on
 * V8's engine; no `$ref` leaves the document, because nothing is ever loaded for one; and a schema or a value that would
 * take too long is not checked (`work.ts` says what is too long).
 */
export async function schemaCheck(most = 4096): Promise<SchemaCheck> {
  const pair = await loaded();
  const checking = pair(false);
  let listing: Pair | undefined;

  const byIdentity = new WeakMap<JsonObject, Compiled>();
  const byText = new Map<string, Compiled>();

  function bounded(schema: JsonObject): Compiled {
    // Each schema on its own: `$id`s of two servers must not meet.
    const { $id: _, ...rest } = schema;
    let afford: Afford;
    try {
      afford = affordable(rest);
    } catch (error) {
      return error instanceof RangeError ? error.message : "schema cannot be compiled";
    }
    try {
      const dialect = schema["$schema"];
      const which = typeof dialect === "string" && DRAFT_7.test(dialect) ? "draft7" : "latest";
      let listed: ValidateFunction | undefined;
      const list = (): ValidateFunction => (listed ??= (listing ??= pair(true))[which].compile(rest));
      return { fits: checking[which].compile(rest), afford, list };
    } catch {
      return "schema cannot be compiled";
    }
  }

  function compile(schema: JsonObject): Compiled {
    const text = JSON.stringify(schema);
    if (text.length > LARGEST_CHARS) return "schema too large to check";
    const known = byText.get(text);
    if (known !== undefined) return known;
    const compiled = bounded(schema);
    if (byText.size >= most) byText.clear();
    byText.set(text, compiled);
    return compiled;
  }

  return (schema, value) => {
    let compiled = byIdentity.get(schema);
    if (compiled === undefined) {
      compiled = compile(schema);
      byIdentity.set(schema, compiled);
    }
    if (typeof compiled === "string") return { kind: "unchecked", why: compiled };
    const why = compiled.afford(value);
    if (why !== undefined) return { kind: "unchecked", why };
    return compiled.fits(value) ? { kind: "fits" } : differs(compiled, value);
  };
}
