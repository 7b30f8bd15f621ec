import { readFileSync, statSync } from "node:fs";
import type { EntityJson, Schema, TypeAndId } from "@cedar-policy/cedar-wasm/nodejs";
import { z } from "zod";
import { isObject } from "../../call/json.ts";
import { shown } from "../../config/paths.ts";
import { type Problem, problemOf, Problems } from "../../document/problem.ts";
import { idOf } from "./entities.ts";
import { type Cedar, uidText } from "./library.ts";
import { type CedarPolicy, problemsOf } from "./read.ts";

const MOST_BYTES = 8 * 1024 * 1024;

interface SchemaFile {
  readonly file: string;
  readonly schema: Schema;
  /** Groups of actions: the entities that the schema makes of them. */
  readonly actions: readonly EntityJson[];
}

function textOf(path: string): string {
  if (statSync(path).size > MOST_BYTES)
    throw new Problems([problemOf(shown(path), `larger than ${MOST_BYTES} bytes`)]);
  return readFileSync(path, "utf8");
}

function jsonOf(path: string): unknown {
  try {
    return JSON.parse(textOf(path)) as unknown;
  } catch (error) {
    if (error instanceof Problems) throw error;
    throw new Problems([problemOf(shown(path), `is no JSON: ${(error as Error).message}`)]);
  }
}

/** Reads a schema, `.json` or Cedar's own form. Throws Problems. */
export function readSchema(cedar: Cedar, path: string): SchemaFile {
  const file = shown(path);
  const schema = path.endsWith(".json") ? (jsonOf(path) as Schema) : textOf(path);
  const read = cedar.schemaToJson(schema);
  if (read.type === "failure") {
    const text = typeof schema === "string" ? schema : "";
    throw new Problems(problemsOf({ name: file, text }, read.errors));
  }
  const actions = Object.entries(read.json).flatMap(([namespace, { actions: groups }]) =>
    Object.entries(groups).map(([id, { memberOf }]): EntityJson => {
      const type = namespace === "" ? "Action" : `${namespace}::Action`;
      const parents = (memberOf ?? []).map(
        (group): TypeAndId => ({ type: group.type ?? type, id: group.id }),
      );
      return { uid: { type, id }, attrs: {}, parents };
    }),
  );
  return { file, schema, actions };
}

/** Every policy that does not fit the schema, at its place. */
export function misfits(
  cedar: Cedar,
  { file, schema }: SchemaFile,
  policies: readonly CedarPolicy[],
): readonly Problem[] {
  const staticPolicies = Object.fromEntries(policies.map(({ order, text }) => [`p${order}`, text]));
  const said = cedar.validate({
    schema,
    validationSettings: { mode: "strict" },
    policies: { staticPolicies },
  });
  if (said.type === "failure") return problemsOf({ name: file, text: "" }, said.errors);
  return said.validationErrors.flatMap(({ policyId, error }) => {
    const policy = policies[Number(policyId.slice(1))];
    const message = error.message.replace(/^for policy `p\d+`, /, "");
    return policy?.problem(message, error.sourceLocations?.[0]?.start ?? 0, error.help ?? undefined) ?? [];
  });
}

const uid = z.strictObject({ type: z.string().min(1), id: z.string() });
const reference = z.union([uid, z.strictObject({ __entity: uid })]);
const entityFile = z
  .array(
    z.strictObject({
      uid: reference,
      attrs: z.record(z.string(), z.json()).default({}),
      parents: z.array(reference).default([]),
      tags: z.record(z.string(), z.json()).optional(),
    }),
  )
  .max(100_000);

/** Where a value is written in the short form that needs a schema to be read: it would be a record, and never equal. */
function shortForm(value: unknown): boolean {
  if (typeof value !== "object" || value === null) return false;
  if (isObject(value)) {
    const keys = Object.keys(value).toSorted().join();
    if (keys === "__entity" || keys === "__extn") return false;
    if (keys === "id,type" || keys === "arg,fn") return true;
  }
  return Object.values(value).some(shortForm);
}

/** Reads a file of entities in Cedar's JSON. Throws Problems. */
export function readEntities(cedar: Cedar, path: string, schema: Schema | undefined): readonly EntityJson[] {
  const file = shown(path);
  const read = entityFile.safeParse(jsonOf(path));
  if (!read.success) {
    const [issue] = read.error.issues;
    const at = issue?.path.join(".") ?? "";
    throw new Problems([problemOf(file, `is no list of entities: ${at}: ${issue?.message ?? ""}`)]);
  }
  const entities = read.data as unknown as readonly EntityJson[];
  const parsed = cedar.checkParseEntities({ entities: [...entities], schema: schema ?? null });
  if (parsed.type === "failure") throw new Problems(problemsOf({ name: file, text: "" }, parsed.errors));
  const short = entities.find(({ attrs, tags }) => shortForm(attrs) || shortForm(tags));
  if (short !== undefined) {
    const hint = 'write {"__entity": {"type": …, "id": …}}, or {"__extn": {"fn": …, "arg": …}}';
    const message = `${uidText(idOf(short.uid))} has an entity or extension value in the short form`;
    throw new Problems([problemOf(file, message, hint)]);
  }
  return entities;
}
