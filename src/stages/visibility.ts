import type { Answer } from "../call/answer.ts";
import type { Call, Target } from "../call/call.ts";
import { isObject, member } from "../call/json.ts";
import type { Principal } from "../call/principal.ts";
import type { Edit, Refusal } from "../call/verdict.ts";
import { PASS, type Ruling, type Stage } from "../pipeline/stage.ts";

export interface Sight {
  /** Whether policy denies the target to this principal whatever the arguments. */
  readonly hides: (principal: Principal, server: string, target: Target) => boolean;
  /** Whether policy may hide resources of that server from the principal. */
  readonly withholds: (principal: Principal, server: string) => boolean;
  /** Whether the principal was shown less than the server offers, and this target is not among what it offers. */
  readonly unheard: (call: Call) => boolean;
}

/** The list results that are filtered, and how an item of each is named. */
const LISTED: Readonly<
  Record<string, { readonly items: string; readonly target: (item: unknown) => Target | undefined }>
> = {
  "tools/list": { items: "tools", target: (item) => named("tool", item) },
  "prompts/list": { items: "prompts", target: (item) => named("prompt", item) },
  "resources/list": { items: "resources", target: (item) => located(item) },
  "resources/directory/read": { items: "resources", target: (item) => located(item) },
  "skills/list": { items: "skills", target: (item) => located(item) },
};

function named(kind: "tool" | "prompt", item: unknown): Target | undefined {
  const name = isObject(item) ? member(item, "name") : undefined;
  return typeof name === "string" ? { kind, name } : undefined;
}

function located(item: unknown): Target | undefined {
  const uri = isObject(item) ? member(item, "uri") : undefined;
  return typeof uri === "string" ? { kind: "resource", uri } : undefined;
}

/** What refuses in policy's name, without naming the rule: whoever calls is to learn nothing. */
export const VISIBILITY = { source: "stage", rule: "visibility" } as const;

const HIDDEN: Refusal = {
  kind: "deny",
  rule: VISIBILITY,
  cause: { kind: "hidden" },
  why: "Policy never lets this principal use it.",
};

/**
 * A principal sees what it may call. What policy denies whatever the arguments is left out of lists, answers as
 * unknown when it is called all the same, and sends no change notices. Where something is hidden, what the server
 * does not offer is answered here too, so that nobody can tell the two apart. What resources a server has nobody can
 * list, so it is asked, and every way in which it says no becomes the answer that a hidden one gets.
 */
export function visibility({ hides, withholds, unheard }: Sight): Stage {
  return {
    name: "visibility",
    broken: "stop",
    before: (call) =>
      hides(call.principal, call.server, call.target) || unheard(call)
        ? { kind: "stop", refusal: HIDDEN }
        : PASS,
    after: (answer, call) =>
      call.target.kind === "resource" && saysNo(answer, call) && withholds(call.principal, call.server)
        ? { kind: "stop", refusal: HIDDEN }
        : seen(answer, call, hides),
  };
}

/** What these mean is of the request, not of the resource: a header, a capability, a page that its user has to visit. */
const OF_THE_REQUEST: ReadonlySet<number> = new Set([-32020, -32021, -32022, -32042]);

/** Whether a server may mean by its answer that there is no such resource; some read nothing out of one. */
function saysNo(answer: Answer, { method }: Call): boolean {
  if (answer.kind === "error") return !OF_THE_REQUEST.has(answer.code);
  const contents = answer.kind === "result" ? member(answer.result, "contents") : undefined;
  return method === "resources/read" && Array.isArray(contents) && contents.length === 0;
}

/** An answer without what is hidden. */
export function seen(answer: Answer, call: Call, hides: Sight["hides"]): Ruling {
  if (answer.kind === "aside") {
    const target = answer.method === "notifications/resources/updated" ? located(answer.params) : undefined;
    return target !== undefined && hides(call.principal, call.server, target)
      ? { kind: "stop", refusal: HIDDEN }
      : PASS;
  }
  const listed = LISTED[call.method];
  if (answer.kind !== "result" || listed === undefined) return PASS;
  const items = member(answer.result, listed.items);
  if (!Array.isArray(items)) return PASS;
  const edits = items.flatMap((item: unknown, index): Edit[] => {
    const target = listed.target(item);
    return target !== undefined && hides(call.principal, call.server, target)
      ? [{ kind: "remove", path: [listed.items, index] }]
      : [];
  });
  return edits.length === 0 ? PASS : { kind: "rewrite", edits };
}
