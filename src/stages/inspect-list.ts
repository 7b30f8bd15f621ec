import type { Call } from "../call/call.ts";
import type { JsonObject } from "../call/json.ts";
import type { Deny, Edit } from "../call/verdict.ts";
import { leavesOf } from "../detect/fields.ts";
import type { Guards } from "../detect/guarding.ts";
import type { Ruling } from "../pipeline/stage.ts";
import type { Guarded } from "./inspect.ts";
import { detailOf, type Report, stoppedBy } from "./inspect-detail.ts";
import { type Judged, judgedBy, refusalOf } from "./inspect-judge.ts";
import { maskEdits } from "./inspect-mask.ts";
import { itemsOf } from "./inspect-texts.ts";
import { markOf } from "./inspect-tokens.ts";

/** A list without the items that are blocked, a greeting without its instructions; secrets in either are masked. */
export function lessOf({ method }: Call, report: Report, judged: readonly Judged[]): Ruling {
  const unlooked = stoppedBy(report, "answer");
  if (unlooked !== undefined) return { kind: "stop", refusal: unlooked, detail: detailOf(report, {}) };
  const items = itemsOf(method);
  const gone = new Map<string, Edit>();
  for (const { leaf, action } of judged) {
    const [first, second] = leaf.field.path ?? [];
    if (action !== "block" || first === undefined) continue;
    const path = first === items && typeof second === "number" ? [first, second] : [first];
    // What makes a greeting one stays, whatever is written there.
    if (items === undefined && first !== "instructions") continue;
    if (items !== undefined && path.length < 2) continue;
    gone.set(JSON.stringify(path), { kind: "remove", path });
  }
  const isGone = ({ leaf: { field } }: Judged): boolean =>
    [1, 2].some((length) => gone.has(JSON.stringify((field.path ?? []).slice(0, length))));
  const masks = maskEdits(
    judged
      .filter((each) => each.action === "mask" && !isGone(each))
      .map(({ leaf, found }) => ({
        leaf,
        from: found.span.from,
        until: found.span.until,
        to: () => markOf("secret"),
      })),
    report.texts.leaves,
  );
  const edits = [...gone.values(), ...masks];
  const detail = detailOf(report, {});
  return edits.length === 0 ? { kind: "pass", detail } : { kind: "rewrite", edits, detail };
}

/** What was made of a definition, for as long as the catalogue has it. */
const known = new WeakMap<Guards, WeakMap<JsonObject, Deny | false>>();

/** Why a tool or prompt may not be called by what its server says of it: it was left out of the list for the same. */
export function poisonedBy(
  { inspector, also, definitionOf }: Guarded,
  call: Call,
  guards: Guards,
): Deny | undefined | Promise<Deny | undefined> {
  const definition = definitionOf(call);
  if (definition === undefined) return undefined;
  const memory = known.get(guards) ?? new WeakMap<JsonObject, Deny | false>();
  known.set(guards, memory);
  const before = memory.get(definition);
  if (before !== undefined) return before === false ? undefined : before;
  const { leaves } = leavesOf(definition, "definition");
  const decide = (seen: Awaited<ReturnType<typeof inspector.look>>): Deny | undefined => {
    // A definition that could not be looked at now is looked at with the next call; its list was not handed on either.
    if (typeof seen === "string") return undefined;
    const judged = judgedBy(seen.sightings, leaves, {
      guards,
      owed: undefined,
      direction: "results",
      entitled: [],
    });
    const poisoned = judged.some(({ action }) => action === "block");
    const refusal = poisoned ? definitionRefused(refusalOf(judged, "call")) : undefined;
    if (seen.broke.length === 0) memory.set(definition, refusal ?? false);
    return refusal;
  };
  const event = call.target.kind === "prompt" ? "prompts/list" : "tools/list";
  const seen = inspector.look(call.principal.tenant, leaves, guards, also, () => ({
    event,
    phase: "response",
    payload: definition,
    root: 0,
  }));
  return seen instanceof Promise ? seen.then(decide) : decide(seen);
}

function definitionRefused(refusal: Deny): Deny {
  const why = refusal.why.replace("The guard found", "In what the server says of it the guard found");
  return { ...refusal, cause: { kind: "policy" }, why };
}
