import type { Answer } from "../call/answer.ts";
import type { Call } from "../call/call.ts";
import { isObject, type Json, type JsonPath, member } from "../call/json.ts";
import type { Role } from "../detect/detector.ts";
import { type Leaf, leavesOf, type Piece } from "../detect/fields.ts";
import { ANSWERS, hasArguments } from "../wire/arguments.ts";

/** The texts of one message that guards look at. Paths are those of edits: into `params`, `result` or `error`. */
export interface Texts {
  readonly leaves: readonly Leaf[];
  /** Where bytes stand that no guard reads. */
  readonly binary: readonly JsonPath[];
  /** Whether there were more texts, or deeper ones, than are looked at. */
  readonly left: boolean;
}

const NOTHING: Texts = Object.freeze({ leaves: [], binary: [], left: false });

/** The member of a list's result that holds the items. */
const ITEMS: Readonly<Record<string, string>> = {
  "tools/list": "tools",
  "prompts/list": "prompts",
  "resources/list": "resources",
  "resources/templates/list": "resourceTemplates",
  "skills/list": "skills",
};

/** The member that holds the items where an answer is a list, else undefined. */
export function itemsOf(method: string): string | undefined {
  return Object.hasOwn(ITEMS, method) ? ITEMS[method] : undefined;
}

/** Whether what comes back are the server's words about itself. */
export function isGreeting(method: string): boolean {
  return method === "initialize" || method === "server/discover";
}

function argumentsOf({ method, target, args }: Call): Texts {
  if (hasArguments(method)) return leavesOf(args, "argument", ["arguments"]);
  if (target.kind === "resource" || target.kind === "task" || method === "subscriptions/listen")
    return NOTHING;
  const { _meta, [ANSWERS]: _answers, ...rest } = args;
  return leavesOf(rest, "argument");
}

/** Whether an answer is a user's to a form or a page: `{action, content}`. */
export function isOfUser(answer: Json | undefined): boolean {
  return typeof member(answer, "action") === "string";
}

/** What a user puts into a form is to its server what arguments are; what a model wrote, and roots, are text. */
function answersOf(answers: Json): Texts {
  const each = isObject(answers)
    ? Object.entries(answers).map(([key, answer = null]) =>
        leavesOf(answer, isOfUser(answer) ? "argument" : "text", [ANSWERS, key]),
      )
    : [leavesOf(answers, "text", [ANSWERS])];
  return {
    leaves: each.flatMap(({ leaves }) => leaves),
    binary: each.flatMap(({ binary }) => binary),
    left: each.some(({ left }) => left),
  };
}

/**
 * What goes to the server: arguments of tools and prompts, else the parameters of what names no resource and no task; and what the
 * client answers to its questions.
 */
export function textsOfCall(call: Call): Texts {
  const own = argumentsOf(call);
  if (call.answers === undefined) return own;
  const { leaves, binary, left } = answersOf(call.answers);
  return {
    leaves: [...own.leaves, ...leaves],
    binary: [...own.binary, ...binary],
    left: own.left || left,
  };
}

function roleOf({ method }: Call): Role {
  if (itemsOf(method) !== undefined || isGreeting(method)) return "definition";
  if (method === "prompts/get") return "prompt";
  return method === "resources/read" ? "resource" : "result";
}

/** What comes back, or is said on the way. */
export function textsOfAnswer(answer: Answer, call: Call): Texts {
  switch (answer.kind) {
    case "result":
      return seamed(leavesOf(answer.result, roleOf(call)));
    case "error": {
      const { message, data } = answer;
      return leavesOf({ message, ...(data !== undefined && { data }) }, "result");
    }
    case "aside":
      return leavesOf(answer.params, answer.method === "elicitation/create" ? "elicitation" : "result");
  }
}

/** How much of a text's beginning and end is read together with its neighbours. */
const SEAM = 512;
/** Neighbours that are read together. */
const NEIGHBOURS = 64;

/** Where a text is that has neighbours: the path of its list; undefined where it has none. */
function listOf({ field: { path = [], name } }: Leaf): string | undefined {
  if (name !== "text" || typeof path[1] !== "number") return undefined;
  return typeof path[0] === "string" ? path[0] : undefined;
}

/** Ends of neighbouring texts, put together: what was cut in two is whole there. */
function seamOf(leaves: readonly Leaf[]): Leaf {
  const pieces: Piece[] = [];
  let text = "";
  const add = (leaf: Leaf, start: number, until: number): void => {
    const from = text.length;
    text += leaf.text.slice(start, until);
    pieces.push({ path: leaf.field.path ?? [], from, until: text.length, start });
    text += "\n";
  };
  for (const leaf of leaves) {
    const { length } = leaf.text;
    if (length <= 2 * SEAM) add(leaf, 0, length);
    else {
      add(leaf, 0, SEAM);
      text += "\n\n";
      add(leaf, length - SEAM, length);
    }
  }
  return { text, field: { ...leaves[0]?.field, role: leaves[0]?.field.role ?? "text" }, pieces };
}

function seamed(texts: Texts): Texts {
  const lists = new Map<string, Leaf[]>();
  for (const leaf of texts.leaves) {
    const list = listOf(leaf);
    if (list === undefined) continue;
    const known = lists.get(list);
    if (known === undefined) lists.set(list, [leaf]);
    else if (known.length < NEIGHBOURS) known.push(leaf);
  }
  const seams = [...lists.values()].flatMap((leaves) => (leaves.length > 1 ? [seamOf(leaves)] : []));
  return seams.length === 0 ? texts : { ...texts, leaves: [...texts.leaves, ...seams] };
}
