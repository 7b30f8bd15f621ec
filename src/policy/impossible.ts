import { DATA_CLASSES } from "../call/classification.ts";
import { nearest } from "../document/nearest.ts";
import { anyOf, anyOfFolded, isLiteral } from "./glob.ts";
import { climbs } from "./path.ts";
import type { Effect, Match, MatchKey } from "./rule.ts";

export interface Unreachable {
  readonly message: string;
  readonly hint: string;
}

/** What is known of the world beside the rules; a list that is absent is not known. */
export interface Known {
  readonly servers?: readonly string[];
  readonly roles?: readonly string[];
  /** Who is asked after policy: a test may say that one of them refuses. */
  readonly voters?: readonly string[];
  /** Why nobody can be told at a place that a rule names, and how to mend it; undefined where somebody can. */
  readonly unreachable?: (place: string) => Unreachable | undefined;
  /** The preset under which a policy refuses what no rule allows. */
  readonly deny_by?: string;
  /** Absolute: what relative directories in conditions are relative to, the folder of the configuration. */
  readonly root?: string;
}

/** Why a rule can never match, and which key of `match` says so. */
export interface Impossibility {
  readonly key: MatchKey;
  readonly message: string;
  readonly hint?: string;
}

export const ERAS = ["legacy", "modern"] as const;

/** The methods that a call with such a target can have. */
export const METHODS = {
  tool: ["tools/call"],
  prompt: ["prompts/get", "completion/complete"],
  resource: [
    "resources/read",
    "resources/subscribe",
    "resources/unsubscribe",
    "resources/directory/read",
    "skills/get",
    "completion/complete",
  ],
} as const;

/** Handshake, ping and lists are never judged (CONTRACT, Policy). */
const NEVER_JUDGED: ReadonlySet<string> = new Set([
  "initialize",
  "server/discover",
  "ping",
  "tools/list",
  "prompts/list",
  "resources/list",
  "resources/templates/list",
  "skills/list",
]);

function didYouMean(word: string, candidates: readonly string[]): { readonly hint: string } {
  const near = nearest(word, candidates);
  return { hint: near === undefined ? `known: ${candidates.join(", ")}` : `did you mean "${near}"?` };
}

/** `none of it is there` where no alternative under a key means any of the values that exist. */
function unknown(
  key: MatchKey,
  globs: readonly string[] | undefined,
  exists: readonly string[] | undefined,
  any: typeof anyOf,
): readonly Impossibility[] {
  if (globs === undefined || exists === undefined || exists.some(any(globs))) return [];
  const message = `no ${key} is called ${globs.map((glob) => `"${glob}"`).join(" or ")}, so the rule can never match`;
  return [{ key, message, ...didYouMean(globs[0] ?? "", exists) }];
}

function methods({ tool, prompt, resource, method }: Match): readonly Impossibility[] {
  if (method === undefined) return [];
  if (method.every((glob) => isLiteral(glob) && NEVER_JUDGED.has(glob))) {
    const message = `${method.join(", ")}: handshake, ping and lists are never judged, so the rule can never match`;
    return [{ key: "method", message }];
  }
  const [key, possible] =
    tool !== undefined
      ? (["tool", METHODS.tool] as const)
      : prompt !== undefined
        ? (["prompt", METHODS.prompt] as const)
        : (["resource", [...METHODS.tool, ...METHODS.resource]] as const);
  if (tool === undefined && prompt === undefined && resource === undefined) return [];
  if (possible.some(anyOf(method))) return [];
  const message = `a call with a ${key} has the method ${possible.join(" or ")}, so the rule can never match`;
  return [{ key: "method", message }];
}

/** Rules that open something take names as they are written. */
export function isExact(effect: Effect["kind"]): boolean {
  return effect === "allow" || effect === "access" || effect === "guard";
}

/** Everything about a rule's `match` that keeps it from ever matching a call. */
export function impossibilities(
  match: Match,
  effect: Effect["kind"],
  known: Known,
): readonly Impossibility[] {
  const found: Impossibility[] = [];
  if (match.prompt !== undefined) {
    const other = match.tool === undefined ? (match.resource === undefined ? undefined : "resource") : "tool";
    if (other !== undefined) {
      found.push({
        key: "prompt",
        message: `a call with a prompt has no ${other}, so the rule can never match`,
      });
    }
  }
  found.push(...methods(match));
  found.push(...unknown("server", match.server, known.servers, isExact(effect) ? anyOf : anyOfFolded));
  found.push(...unknown("role", match.role, known.roles, anyOf));
  for (const glob of match.era ?? []) found.push(...unknown("era", [glob], ERAS, anyOf));
  for (const glob of match.classification ?? [])
    found.push(...unknown("classification", [glob], DATA_CLASSES, anyOf));
  if (isExact(effect) && match.resource?.every(climbs) === true) {
    const message =
      "a resource with `..` or a control character in it is never allowed by its name, so the rule can never match";
    found.push({ key: "resource", message });
  }
  return found;
}
