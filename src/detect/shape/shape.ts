import type { Detector, Found } from "../detector.ts";

/** What a well-formed text keeps within. */
const SHAPE = {
  /** UTF-16 units of one string. */
  chars: 262_144,
  /** Steps from the top of a value to a string in it. */
  depth: 32,
  /** UTF-16 units of an argument's line. */
  line: 65_536,
} as const;

// oxlint-disable-next-line no-control-regex -- one pass for nearly all texts
const ODD = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f]/;
// oxlint-disable-next-line no-control-regex -- control characters are what is looked for
const CONTROL = /[\u0000-\u0008\u000b\u000c\u000e-\u001a\u001c-\u001f\u007f]/;
// oxlint-disable-next-line no-control-regex -- likewise
const TERMINAL = /\u001b(?!\[[\d;]{0,16}m)/;
const LONE = /[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/;

function found(
  kind: string,
  severity: Found["severity"],
  score: number,
  from: number,
  until: number,
  why: string,
): Found {
  return { guard: "shape", class: "malformed", kind, severity, score, span: { from, until }, why };
}

/** Sizes, depths and characters that no well-meant text has, and what no other guard could look at. */
export const SHAPES: Detector = {
  name: "shape",
  version: "1",
  classes: ["malformed"],
  find: (views, { role, path }) => {
    const { text } = views.original;
    const all: Found[] = [];
    const at = (pattern: RegExp): number => text.search(pattern);
    if (text.length > SHAPE.chars)
      all.push(
        found("size", "medium", 0.6, SHAPE.chars, text.length, `longer than ${SHAPE.chars} characters`),
      );
    if ((path?.length ?? 0) > SHAPE.depth)
      all.push(found("depth", "medium", 0.7, 0, text.length, `deeper than ${SHAPE.depth} steps`));
    const odd = ODD.test(text) || !text.isWellFormed();
    const control = odd ? at(CONTROL) : -1;
    if (control !== -1)
      all.push(
        found(
          "control",
          "medium",
          role === "argument" ? 0.7 : 0.5,
          control,
          control + 1,
          "a control character",
        ),
      );
    const terminal = odd ? at(TERMINAL) : -1;
    if (terminal !== -1)
      all.push(
        found(
          "terminal",
          "medium",
          0.6,
          terminal,
          terminal + 1,
          "a sequence that moves a terminal's cursor or more",
        ),
      );
    const lone = odd ? at(LONE) : -1;
    if (lone !== -1) all.push(found("surrogate", "medium", 0.7, lone, lone + 1, "half a character"));
    const { bidi, tags } = views.invisible;
    if (tags > 3) all.push(found("invisible", "high", 0.85, 0, text.length, "letters that nobody sees"));
    if (bidi > 0 && role === "definition")
      all.push(found("direction", "medium", 0.7, 0, text.length, "marks that turn the direction of writing"));
    for (const { span, why } of views.unseen)
      all.push(found("unseen", "low", 0.4, span.from, span.until, `not looked at: ${why}`));
    return all;
  },
};
