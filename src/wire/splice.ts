import type { Swap } from "../call/verdict.ts";
import { changed } from "./edit.ts";
import type { Branch, Change } from "./plan.ts";
import { eachElement, eachMember, skipSpace, skipValue, unitsAt } from "./scan.ts";

interface Cut {
  readonly from: number;
  readonly to: number;
  readonly text: string;
}

/** Cuts parts out of the string that opens at `at`; between them it keeps its bytes, whichever way they are escaped. */
function swapWithin(bytes: Buffer, at: number, parts: readonly Swap[], cuts: Cut[]): void {
  let byte = at + 1;
  let unit = 0;
  const reach = (wanted: number): number => {
    while (unit < wanted) {
      const { width, units } = unitsAt(bytes, byte);
      byte += width;
      unit += units;
    }
    if (unit !== wanted) throw new TypeError("an edit cuts a character in two");
    return byte;
  };
  for (const { from, until, to } of parts) {
    const start = reach(from);
    cuts.push({ from: start, to: reach(until), text: JSON.stringify(to).slice(1, -1) });
  }
}

/** One container on the way: what is cut out of it, and where something can be added. */
interface Walk {
  /** End of the member before, or the byte after the opening bracket. */
  before: number;
  /** Whether a member before this one stays. */
  kept: boolean;
  /** Start of a removed member that has nothing kept before it, so the comma after it goes too; −1: none. */
  leading: number;
}

function within(bytes: Buffer, open: number, branch: Branch, cuts: Cut[]): number {
  const walk: Walk = { before: open + 1, kept: false, leading: -1 };
  const step = (value: number, start: number, change: Change | undefined): number => {
    if (walk.leading >= 0) cuts.push({ from: walk.leading, to: start, text: "" });
    walk.leading = -1;
    const end = change?.kind === "into" ? within(bytes, value, change.branch, cuts) : skipValue(bytes, value);
    if (change?.kind === "swap") swapWithin(bytes, value, change.parts, cuts);
    if (change?.kind === "set") cuts.push({ from: value, to: end, text: change.text });
    if (change?.kind !== "remove") walk.kept = true;
    else if (walk.kept) cuts.push({ from: walk.before, to: end, text: "" });
    else walk.leading = start;
    walk.before = end;
    return end;
  };
  const added: string[] = [];
  let end: number;
  if (branch.of === "members") {
    const found = new Set<string>();
    end = eachMember(bytes, open, (value, start, key) => {
      const change = branch.changes.get(key);
      if (change !== undefined) found.add(key);
      return step(value, start, change);
    });
    for (const [key, change] of branch.changes) {
      const made = found.has(key) ? undefined : changed(undefined, change);
      if (made !== undefined) added.push(`${JSON.stringify(key)}:${JSON.stringify(made)}`);
    }
  } else {
    let length = 0;
    end = eachElement(bytes, open, (value, start, index) => {
      length = index + 1;
      return step(value, start, branch.changes.get(index));
    });
    for (const [index, change] of [...branch.changes].sort(([a], [b]) => a - b)) {
      const made = index < length ? undefined : changed(undefined, change);
      if (made !== undefined) added.push(JSON.stringify(made));
    }
  }
  if (walk.leading >= 0) cuts.push({ from: walk.leading, to: walk.before, text: "" });
  if (added.length > 0) {
    cuts.push({ from: walk.before, to: walk.before, text: `${walk.kept ? "," : ""}${added.join(",")}` });
  }
  return end;
}

/** The document with the changes, every other byte as it was. The value side (`changedWithin`) must have taken them. */
export function splice(bytes: Buffer, branch: Branch): Buffer {
  const cuts: Cut[] = [];
  within(bytes, skipSpace(bytes, 0), branch, cuts);
  const pieces: Buffer[] = [];
  let from = 0;
  for (const cut of cuts) {
    if (cut.from > from) pieces.push(bytes.subarray(from, cut.from));
    if (cut.text !== "") pieces.push(Buffer.from(cut.text));
    from = cut.to;
  }
  pieces.push(bytes.subarray(from));
  return Buffer.concat(pieces);
}
