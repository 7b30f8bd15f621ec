import { z } from "zod";
import type { Whole } from "../../detect/outsider.ts";
import { Nonsense } from "../found.ts";

const TYPES = ["validation", "mutation"] as const;
const PHASES = ["request", "response", "both"] as const;
const priority = z.int();

/** What `interceptors/list` says of one (SEP-1763); what else it says is of no use here. */
const interceptorSchema = z.object({
  name: z.string().min(1).max(256),
  type: z.enum(TYPES),
  hook: z.object({ events: z.array(z.string().max(256)).max(256), phase: z.enum(PHASES) }),
  mode: z.enum(["enforce", "audit"]).optional(),
  priorityHint: z
    .union([priority, z.object({ request: priority.optional(), response: priority.optional() })])
    .optional(),
});
export type Interceptor = z.output<typeof interceptorSchema>;

/** One of a type that is of no use here. */
const otherSchema = z.object({ type: z.string().refine((type) => !TYPES.some((each) => each === type)) });

const listSchema = z.object({ interceptors: z.array(z.unknown()).max(256) });

/**
 * The interceptors of a server. Of types that are not known here it is none. Throws Nonsense where none is left, or one cannot be read:
 * a guard that lacks what it guards with does not run.
 */
export function listed(said: unknown): readonly Interceptor[] {
  const list = listSchema.safeParse(said);
  if (!list.success) throw new Nonsense("it gave no list of interceptors");
  const known = list.data.interceptors.flatMap((each) => {
    const read = interceptorSchema.safeParse(each);
    if (read.success) return [read.data];
    if (otherSchema.safeParse(each).success) return [];
    throw new Nonsense("an interceptor of its list cannot be read");
  });
  if (known.length === 0) throw new Nonsense("it lists no interceptor");
  return known;
}

/** Whether a pattern of an event, with stars, is of an event in a phase. */
function matches(pattern: string, { event, phase }: Pick<Whole, "event" | "phase">): boolean {
  if (pattern === "*" || pattern === `*/${phase}`) return true;
  return pattern.endsWith("/*") ? event.startsWith(pattern.slice(0, -1)) : pattern === event;
}

/** Those that hook into a message. */
export function hooked(
  all: readonly Interceptor[],
  whole: Pick<Whole, "event" | "phase">,
): readonly Interceptor[] {
  return all.filter(
    ({ hook: { events, phase } }) =>
      (phase === "both" || phase === whole.phase) && events.some((pattern) => matches(pattern, whole)),
  );
}

function priorityOf({ priorityHint }: Interceptor, phase: Whole["phase"]): number {
  return typeof priorityHint === "number" ? priorityHint : (priorityHint?.[phase] ?? 0);
}

/** Mutators in the order in which they run: by their hint, then by name. */
export function inOrder(all: readonly Interceptor[], phase: Whole["phase"]): readonly Interceptor[] {
  return all.toSorted(
    (one, other) => priorityOf(one, phase) - priorityOf(other, phase) || (one.name < other.name ? -1 : 1),
  );
}
