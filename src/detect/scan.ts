import { isObject, type Json } from "../call/json.ts";
import type { Field, Found, Role } from "./detector.ts";
import { type Leaf, leavesOf } from "./fields.ts";
import type { Action } from "../call/guard.ts";
import type { Profile } from "./profiles.ts";
import { views } from "./views/views.ts";

/** What a text is, as `portcullis scan` names it. */
export type Kind = "tool-args" | "tool-result" | "tool-definition" | "text";

const ROLES: Readonly<Record<Kind, Role>> = {
  "tool-args": "argument",
  "tool-result": "result",
  "tool-definition": "definition",
  text: "text",
};

/** A finding, where it is, and what a profile would do about it. */
export interface Seen {
  readonly found: Found;
  readonly field: Field;
  readonly action: Action;
}

function parsed(text: string): Json | undefined {
  if (!/^\s*[{[]/.test(text)) return undefined;
  try {
    return JSON.parse(text) as Json;
  } catch {
    return undefined;
  }
}

/** The texts of arguments or of a definition that is JSON, field by field; anything else as it is. `left`: there are more. */
export function textsOf(
  text: string,
  kind: Kind,
): { readonly leaves: readonly Leaf[]; readonly left: boolean } {
  const role = ROLES[kind];
  const value = kind === "tool-args" || kind === "tool-definition" ? parsed(text) : undefined;
  if (!isObject(value) && !Array.isArray(value)) return { leaves: [{ text, field: { role } }], left: false };
  return leavesOf(value, role);
}

function left(text: string, role: Role): { readonly found: Found; readonly field: Field } {
  return {
    field: { role },
    found: {
      guard: "shape",
      class: "malformed",
      kind: "unseen",
      severity: "medium",
      score: 0.6,
      span: { from: 0, until: text.length },
      why: "more fields, or deeper ones, than are looked at",
    },
  };
}

/** What the guards of a profile say of a text, field by field, in the order of the guards. Spans are those of the field's text. */
export function seenIn(text: string, kind: Kind, { guards, actionOf }: Profile): readonly Seen[] {
  const all = textsOf(text, kind);
  const found = all.leaves.flatMap(({ text: one, field }) => {
    const ways = views(one);
    return guards.flatMap((guard) => guard.find(ways, field).map((found) => ({ found, field })));
  });
  if (all.left) found.push(left(text, ROLES[kind]));
  return found.map(({ found, field }) => ({ found, field, action: actionOf(found, field) }));
}
