import type { z } from "zod";

type Def = z.core.$ZodTypeDef & Readonly<Record<string, unknown>>;

function defOf(schema: z.core.$ZodType): Def {
  return schema._zod.def as Def;
}

/** Schemas inside this one that describe the same place in a document. */
function layers(schema: z.core.$ZodType): readonly z.core.$ZodType[] {
  const def = defOf(schema);
  const inner = def["innerType"] ?? def["in"];
  if (inner !== undefined) return layers(inner as z.core.$ZodType);
  if (def.type === "union") return (def["options"] as readonly z.core.$ZodType[]).flatMap(layers);
  if (def.type === "intersection")
    return [def["left"], def["right"]].flatMap((side) => layers(side as z.core.$ZodType));
  if (def.type === "lazy") return layers((def["getter"] as () => z.core.$ZodType)());
  return [schema];
}

function child(schema: z.core.$ZodType, key: string | number): readonly z.core.$ZodType[] {
  const def = defOf(schema);
  const shape = def["shape"] as Readonly<Record<string, z.core.$ZodType>> | undefined;
  if (shape !== undefined) {
    const member = Object.hasOwn(shape, key) ? shape[key] : undefined;
    return member === undefined ? [] : layers(member);
  }
  const inner = def["valueType"] ?? def["element"];
  return inner === undefined ? [] : layers(inner as z.core.$ZodType);
}

/** What a schema says about the value at a path: one schema for each way it may be written. Empty: nothing may stand there. */
export function schemasAt(
  schema: z.core.$ZodType,
  path: readonly (string | number)[],
): readonly z.core.$ZodType[] {
  let here = layers(schema);
  for (const key of path) here = here.flatMap((each) => child(each, key));
  return here;
}

/** The keys that may stand at a path, in the order of the schema. */
export function keysAt(schema: z.core.$ZodType, path: readonly (string | number)[]): readonly string[] {
  const shapes = schemasAt(schema, path).map((each) => defOf(each)["shape"] ?? {});
  return [...new Set(shapes.flatMap((shape) => Object.keys(shape)))];
}
