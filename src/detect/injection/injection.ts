import type { Detector, Field, Found, Severity } from "../detector.ts";
import type { View, Views } from "../views/view.ts";
import { windowsIn } from "./model.ts";
import { reasonOf } from "./reason.ts";
import { WEIGHTS } from "./weights.ts";

const GUARD = "prompt-injection";

/** Tag characters outside a flag serve only to write what nobody sees; fewer may be rubbish. */
const TAGS = 4;
const TAG = /\u{e0020}|[\u{e0021}-\u{e007e}]/u;

/** One text gives no more findings than this, the strongest first. */
const FINDINGS = 16;

const SEVERITIES: readonly Severity[] = ["low", "medium", "high", "critical"];

/** What a window that reaches each mark scores. */
const SCORES = [0.3, 0.5, 0.85, 0.95];

/** Raw scores as marks of how seldom ordinary text of that role has them; undefined below the lowest. */
function scoreOf(raw: number, marks: readonly number[]): number | undefined {
  const reached = marks.findLastIndex((mark) => raw >= mark);
  if (reached < 0) return undefined;
  const mark = marks[reached] ?? 0;
  const score = SCORES[reached] ?? 0;
  const next = marks[reached + 1];
  if (next === undefined) return 1 - (1 - score) * Math.exp(mark - raw);
  return score + (((SCORES[reached + 1] ?? 1) - score) * (raw - mark)) / (next - mark);
}

const NONE: readonly Found[] = [];

function classOf(field: Field): Found["class"] {
  return field.role === "definition" ? "tool_poisoning" : "prompt_injection";
}

/** Windows of one view that reach the lowest mark, those that touch each other as one. */
function inView(view: View, field: Field): readonly Found[] {
  // Descriptions of tools give orders by trade, other text seldom does.
  const marks = field.role === "definition" ? WEIGHTS.marks.definition : WEIGHTS.marks.text;
  const windows = windowsIn(view.text, marks[0] ?? 0);
  if (windows.length === 0) return NONE;
  const found: Found[] = [];
  let from = 0;
  let until = -1;
  let score = 0;
  let groups = 0;
  const close = (): void => {
    if (until < 0) return;
    const how = view.depth > 0 ? ` (hidden: ${view.made})` : "";
    found.push({
      guard: GUARD,
      class: classOf(field),
      severity: SEVERITIES[SCORES.findLastIndex((one) => score >= one)] ?? "low",
      score,
      span: view.at(from, until),
      why: `${reasonOf(groups)}${how}`,
    });
    until = -1;
  };
  for (const window of windows) {
    const reached = scoreOf(window.raw, marks);
    if (reached === undefined) continue;
    if (window.from > until) {
      close();
      from = window.from;
      score = 0;
      groups = 0;
    }
    until = window.until;
    groups |= window.groups;
    score = Math.max(score, reached);
  }
  close();
  return found;
}

/** What is spelled in characters that nobody sees is found whatever it says. */
function inTags(views: Views, field: Field): readonly Found[] {
  const { tags } = views.invisible;
  if (tags < TAGS) return NONE;
  const from = views.original.text.search(TAG);
  return [
    {
      guard: GUARD,
      class: classOf(field),
      severity: "critical",
      score: 0.95,
      span: { from, until: views.original.text.length },
      why: `${tags} invisible tag characters, which spell text`,
    },
  ];
}

/** Of findings in the same place the strongest, in the order of the text. */
function strongest(all: readonly Found[]): readonly Found[] {
  const kept: Found[] = [];
  for (const one of all.toSorted((one, other) => other.score - one.score)) {
    if (kept.length >= FINDINGS) break;
    if (!kept.some(({ span }) => span.from < one.span.until && one.span.from < span.until)) kept.push(one);
  }
  return kept.sort((one, other) => one.span.from - other.span.from);
}

/**
 * Finds explicit instructions to a model in text that should be data. What a score means is how seldom ordinary text of sources that the
 * model had not seen reaches it: 0.3 (`low`) one in 100, 0.5 (`medium`) one in 300, 0.85 (`high`) one in 1,000, or 700 definitions,
 * and 0.95 (`critical`) one in 10,000, or 5,000 definitions. Requests that differ from data only by who makes them are not found.
 */
export const INJECTION: Detector = {
  name: GUARD,
  version: WEIGHTS.version,
  classes: ["prompt_injection", "tool_poisoning"],
  find: (views, field) => {
    const tags = inTags(views, field);
    const folded = inView(views.folded, field);
    const { decoded } = views;
    if (decoded.length === 0 && folded.length + tags.length === 0) return NONE;
    return strongest([...tags, ...folded, ...decoded.flatMap((view) => inView(view, field))]);
  },
};
