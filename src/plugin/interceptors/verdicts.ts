import { z } from "zod";
import type { Json, JsonPath } from "../../call/json.ts";
import { isObject, member } from "../../call/json.ts";
import type { Leaf } from "../../detect/fields.ts";
import type { Sighting } from "../../detect/inspection.ts";
import { foundAt, slugOf } from "../asked/whole.ts";
import { Nonsense } from "../found.ts";
import type { Interceptor } from "./hooks.ts";

const SEVERITIES = ["info", "warn", "error"] as const;
const severity = z.enum(SEVERITIES);

const validationSchema = z.object({
  valid: z.boolean(),
  severity: severity.optional(),
  messages: z
    .array(z.object({ path: z.string().max(1024).optional(), severity }))
    .max(1_000)
    .optional(),
});

const mutationSchema = z.object({ modified: z.boolean(), payload: z.unknown() });

/** What only warns, and what is only an audit, blocks nothing (SEP-1763). */
const SCORES = { error: 1, warn: 0.4, info: 0.2 } as const;
const AUDIT = 0.3;

function scoreOf({ mode }: Interceptor, how: (typeof SEVERITIES)[number]): number {
  return mode === "audit" ? Math.min(AUDIT, SCORES[how]) : SCORES[how];
}

/** Texts that stand for themselves, by their place in the payload. */
export function leavesBy(texts: readonly Leaf[], root: number): ReadonlyMap<string, number> {
  return new Map(
    texts.flatMap(({ field: { path = [] }, pieces, name, number, encoded }, at) =>
      (pieces ?? name ?? number ?? encoded) === undefined && path.length >= root
        ? [[keyOf(path.slice(root)), at] as const]
        : [],
    ),
  );
}

function keyOf(path: JsonPath): string {
  return path.map(String).join("\n");
}

/** The text that a path means, as interceptors write them: `params.arguments.note`, `$.content[0].text`, `/arguments/note`. */
function meant(path: string, leaves: ReadonlyMap<string, number>): number | undefined {
  const steps = path.split(/[.[\]/]+/).filter((step) => step !== "" && step !== "$");
  const at = leaves.get(keyOf(steps));
  return at ?? (steps.length > 1 ? leaves.get(keyOf(steps.slice(1))) : undefined);
}

interface Shown {
  readonly guard: string;
  readonly texts: readonly Leaf[];
  readonly leaves: ReadonlyMap<string, number>;
}

/** What a validator found: where it names a place, there, else in the first text. Throws Nonsense. */
export function validated(
  of: Interceptor,
  said: unknown,
  { guard, texts, leaves }: Shown,
): readonly Sighting[] {
  const read = validationSchema.safeParse(said);
  if (!read.success) throw new Nonsense("an interceptor gave no validation");
  const { valid, severity: all, messages = [] } = read.data;
  if (valid) return [];
  const word = slugOf(of.name);
  const why = `the interceptor ${word?.replaceAll("_", " ") ?? "of that server"} does not take it for valid`;
  const sighting = (path: string | undefined, how: (typeof SEVERITIES)[number]): Sighting => {
    const leaf = (path === undefined ? undefined : meant(path, leaves)) ?? 0;
    const said = { class: "malformed", kind: word, score: scoreOf(of, how), why } as const;
    return { leaf, found: foundAt(guard, said, 0, texts[leaf]?.text.length ?? 0) };
  };
  const worst = all ?? "error";
  const own = messages.map(({ path, severity: how }) => sighting(path, how));
  const told = messages.some(({ severity: how }) => how === worst);
  return told ? own : [sighting(undefined, worst), ...own];
}

/** What a mutator made of a payload. Throws Nonsense. */
export function mutated(said: unknown, payload: Json): Json {
  const read = mutationSchema.safeParse(said);
  if (!read.success) throw new Nonsense("an interceptor gave no mutation");
  return read.data.modified ? (read.data.payload as Json) : payload;
}

/** Where two values differ: the paths of texts; undefined where they differ in something else. */
function changes(
  one: Json | undefined,
  other: Json | undefined,
  path: JsonPath,
): readonly (readonly [JsonPath, string])[] | undefined {
  if (one === other) return [];
  if (typeof one === "string") return typeof other === "string" ? [[path, other]] : undefined;
  const lists = Array.isArray(one) && Array.isArray(other) && one.length === other.length;
  if (!lists && !(isObject(one) && isObject(other))) return undefined;
  const keys = Object.keys(one as object);
  if (keys.length !== Object.keys(other as object).length) return undefined;
  const found: (readonly [JsonPath, string])[] = [];
  for (const key of keys) {
    const step = lists ? Number(key) : key;
    const at = (value: Json | undefined): Json | undefined =>
      Array.isArray(value) ? (value as readonly Json[])[Number(key)] : member(value, key);
    const inside = changes(at(one), at(other), [...path, step]);
    if (inside === undefined) return undefined;
    found.push(...inside);
  }
  return found;
}

/** The part of a text that is another in another text: without what both begin and end with. */
function differing(text: string, other: string): readonly [number, number] {
  const most = Math.min(text.length, other.length);
  let from = 0;
  while (from < most && text[from] === other[from]) from += 1;
  let end = 0;
  while (end < most - from && text.at(-1 - end) === other.at(-1 - end)) end += 1;
  // What is only put in is put in somewhere: the whole text is another then.
  return from < text.length - end ? [from, text.length - end] : [0, text.length];
}

/** What mutators took out: it is masked, and what they would put there is not. Throws Nonsense where they changed what is no text. */
export function taken(
  { name, mode }: Pick<Interceptor, "name" | "mode">,
  before: Json,
  after: Json,
  { guard, texts, leaves }: Shown,
): readonly Sighting[] {
  const all = changes(before, after, []);
  if (all === undefined)
    throw new Nonsense("an interceptor changed what is no text, which cannot be done here");
  const why = `the interceptor ${slugOf(name)?.replaceAll("_", " ") ?? "of that server"} takes it out`;
  return all.map(([path, other]): Sighting => {
    const leaf = leaves.get(keyOf(path));
    const { text = "" } = leaf === undefined ? {} : (texts[leaf] ?? {});
    if (leaf === undefined || text === "")
      throw new Nonsense("an interceptor changed a text that is not looked at");
    const said = { class: "pii", kind: "redacted", score: mode === "audit" ? AUDIT : 1, why } as const;
    return { leaf, found: foundAt(guard, said, ...differing(text, other)) };
  });
}
