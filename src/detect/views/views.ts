import { type Folded, foldedOf } from "./fold.ts";
import { partsOf } from "./parts.ts";
import type { Span, Unseen, View, Views } from "./view.ts";

/**
 * What is looked at of one text, so that the work is linear in it: its first MiB of UTF-16 units; three encodings one in the other;
 * 24 views of what they hide; and in them twice the text and 4,096 units more. What is left out stands in `unseen`.
 */
export const BOUNDS = {
  chars: 1_048_576,
  depth: 3,
  views: 24,
  decoded_factor: 2,
  decoded_chars: 4096,
} as const;

function within(span: Span, length: number): Span {
  const from = Math.min(Math.max(span.from, 0), length);
  return { from, until: Math.min(Math.max(span.until, from), length) };
}

/** What nearly all texts hide. */
const NOTHING: { readonly views: readonly View[]; readonly unseen: readonly Unseen[] } = {
  views: [],
  unseen: [],
};

/** Undoes encodings level by level: what is nearest to the text comes first when a bound is met. */
function decodedOf(folded: View, length: number): { views: readonly View[]; unseen: readonly Unseen[] } {
  const first = partsOf(folded.text);
  if (first.parts.length === 0 && first.compressed.length === 0) return NOTHING;
  const views: View[] = [];
  const unseen: Unseen[] = [];
  let left = length * BOUNDS.decoded_factor + BOUNDS.decoded_chars;
  const open: View[] = [folded];
  for (let above = open.shift(); above !== undefined; above = open.shift()) {
    const from = above;
    const { parts, compressed } = from === folded ? first : partsOf(from.text);
    for (const span of compressed) unseen.push({ span: from.at(span.from, span.until), why: "compressed" });
    for (const part of parts) {
      const whole = part.at(0, part.text.length);
      const why =
        from.depth >= BOUNDS.depth
          ? "depth"
          : views.length >= BOUNDS.views
            ? "parts"
            : part.text.length > left
              ? "decoded"
              : undefined;
      if (why !== undefined) {
        unseen.push({ span: from.at(whole.from, whole.until), why });
        continue;
      }
      const inner = foldedOf(part.text);
      const view: View = {
        made: part.made,
        text: inner.text,
        depth: from.depth + 1,
        at: (start, end) => {
          const read = inner.at(start, end);
          const made = part.at(read.from, read.until);
          return from.at(made.from, made.until);
        },
      };
      left -= part.text.length;
      views.push(view);
      // What was read backwards or rotated would be read forwards again.
      if (view.made !== "reversed" && view.made !== "rot13") open.push(view);
    }
  }
  return { views, unseen };
}

/** All ways to read a text. Nothing is made before it is asked for; each view's spans are spans of `text`. */
export function views(text: string): Views {
  const source = text.length > BOUNDS.chars ? text.slice(0, BOUNDS.chars) : text;
  const original: View = {
    made: "original",
    text: source,
    depth: 0,
    at: (from, until) => within({ from, until }, source.length),
  };
  let first: Folded | undefined;
  const fold = (): Folded => (first ??= foldedOf(source));
  let folded: View | undefined;
  const foldedView = (): View =>
    (folded ??= {
      made: "folded",
      text: fold().text,
      depth: 0,
      at: (from, until) => within(fold().at(from, until), source.length),
    });
  let hidden: ReturnType<typeof decodedOf> | undefined;
  const decoded = (): ReturnType<typeof decodedOf> => (hidden ??= decodedOf(foldedView(), source.length));
  return {
    original,
    get folded() {
      return foldedView();
    },
    get decoded() {
      return decoded().views;
    },
    get invisible() {
      return fold().invisible;
    },
    get unseen() {
      if (source.length === text.length) return decoded().unseen;
      const beyond: Unseen = { span: { from: source.length, until: text.length }, why: "length" };
      return [beyond, ...decoded().unseen];
    },
  };
}
