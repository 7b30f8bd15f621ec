import { cpus } from "node:os";
import { writeFileSync } from "node:fs";
import type { Detector } from "../src/detect/detector.ts";
import { PROFILES } from "../src/detect/profiles.ts";
import { type Kind, seenIn } from "../src/detect/scan.ts";
import { views } from "../src/detect/views/views.ts";
import { DEFAULT_FOLDER, rowsOf } from "./corpus.ts";
import { spansOf } from "./personal.ts";
import { TRANSFORMS } from "./transforms.ts";
import { type Case, casesOf, countsOf } from "./guards.ts";

const FAMILIES = ["secrets", "pii", "shellsql", "mcp-tools", "injection"];
/** Detected attacks of each group that are tried in disguise. */
const DISGUISED = 150;
const GROUPS = [
  "secrets/gitleaks-rules",
  "pii/presidio-synth-v2",
  "sqli/payloadsallthethings",
  "cmdi/payloadsallthethings",
  "traversal/payloadsallthethings",
];

/** Disguises that leave nothing a machine would take: a command with its letters swapped runs nothing, a key in capitals opens nothing. */
const SPENT = new Set([
  "signs for letters",
  "letters apart",
  "emphasis in words",
  "inner letters swapped",
  "capitals",
  "ROT13",
  "reversed",
]);

const guards = PROFILES.standard.guards.filter(({ classes }) => !classes.includes("prompt_injection"));

const percent = (part: number, whole: number): string =>
  whole === 0 ? "–" : ((100 * part) / whole).toFixed(2);

function isFound({ kind, of, text }: Case): boolean {
  return seenIn(text, kind, { ...PROFILES.standard, guards }).some(({ found }) => of.includes(found.class));
}

/** Share of detected texts that are still detected in disguise, by group and disguise. */
function kept(cases: readonly Case[]): Readonly<Record<string, Readonly<Record<string, number>>>> {
  const rows = GROUPS.map((group) => {
    const all = cases.filter((one) => one.group === group && one.want && isFound(one));
    const some = all.filter((_, index) => index % Math.max(1, Math.floor(all.length / DISGUISED)) === 0);
    const shares = Object.entries(TRANSFORMS)
      .filter(([name]) => !SPENT.has(name))
      .map(([name, disguise]) => {
        const found = some.filter((one) => isFound({ ...one, text: disguise(one.text) })).length;
        return [name, Math.round((100 * found) / Math.max(1, some.length))] as const;
      });
    return [group, Object.fromEntries(shares)] as const;
  });
  return Object.fromEntries(rows);
}

/** Microseconds of CPU for a KB, the median over rounds, and how that compares with reading each character once. */
function costs(cases: readonly Case[], kind: Kind): Readonly<Record<string, number>> {
  const texts = cases
    .filter((one) => one.kind === kind && !one.want)
    .map(({ text }) => text)
    .slice(0, 4000);
  const kilobytes = texts.reduce((sum, text) => sum + text.length, 0) / 1024;
  const role = (
    {
      "tool-args": "argument",
      "tool-result": "result",
      "tool-definition": "definition",
      text: "text",
    } as const
  )[kind];
  const median = (run: () => unknown): number => {
    const rounds = Array.from({ length: 5 }, () => {
      const before = process.cpuUsage();
      run();
      return process.cpuUsage(before).user / kilobytes;
    });
    return Math.round(10 * (rounds.toSorted((a, b) => a - b)[2] ?? 0)) / 10;
  };
  let read = 0;
  const once = (): void => {
    for (const text of texts) for (let at = 0; at < text.length; at += 1) read += text.charCodeAt(at) & 1;
  };
  const made = texts.map((text) => views(text));
  const by = guards.map(
    (guard: Detector) => [guard.name, median(() => made.map((one) => guard.find(one, { role })))] as const,
  );
  return {
    "reading each character once": median(once),
    views: median(() => texts.map((text) => views(text).decoded.length)),
    ...Object.fromEntries(by),
  };
}

const folder = process.argv[2] ?? DEFAULT_FOLDER;
const rows = rowsOf(folder, FAMILIES);
if (rows === undefined) {
  process.stderr.write(
    `eval: there is no folder ${folder}; name the folder of the data: node eval/run-guards.ts FOLDER\n`,
  );
  process.exit(3);
}
const cases = casesOf(rows);
const counts = Object.fromEntries([...countsOf(cases, guards)].toSorted(([a], [b]) => (a < b ? -1 : 1)));
const disguises = kept(cases);
const cost = Object.fromEntries(
  (["tool-result", "tool-definition", "tool-args"] as const).map((kind) => [kind, costs(cases, kind)]),
);
const spans = Object.fromEntries(
  [...spansOf(rows.filter(({ family }) => family === "pii"))].toSorted(([a], [b]) => (a < b ? -1 : 1)),
);
writeFileSync("eval/guards.json", `${JSON.stringify({ counts, spans, disguises, cost }, undefined, 1)}\n`);

const table = (head: readonly string[], lines: readonly (readonly (string | number)[])[]): string =>
  [
    `| ${head.join(" | ")} |`,
    `|${head.map(() => "---").join("|")}|`,
    ...lines.map((line) => `| ${line.join(" | ")} |`),
  ].join("\n");

const names = Object.keys(TRANSFORMS).filter((name) => !SPENT.has(name));
const mean = (group: string): number =>
  Math.round(names.reduce((sum, name) => sum + (disguises[group]?.[name] ?? 0), 0) / names.length);
writeFileSync(
  "eval/guards.md",
  `# What the guards find, other than injection

Written by \`node eval/run-guards.ts\`. \`found\`: any finding of the class; \`told\`: the profile \`standard\` would warn at least; \`acted\`: it would
mask or block. In rows that say benign, every finding is a false one; near misses are texts that look like secrets and are labelled as none.
\`values\` are those that tool definitions give as examples, defaults and choices, each in the field that the definition names.

${table(
  ["group", "texts", "found", "%", "told", "%", "acted", "%"],
  Object.entries(counts).map(([group, { n, found, told, acted }]) => [
    group,
    n,
    found,
    percent(found, n),
    told,
    percent(told, n),
    acted,
    percent(acted, n),
  ]),
)}

## Personal data, span by span

Of Presidio's synthetic sentences and the look-alikes. A finding is right where it overlaps a span that is labelled with its kind.

${table(
  ["kind", "spans", "recall %", "findings", "precision %"],
  Object.entries(spans).map(([kind, { n, found, told, right }]) => [
    kind,
    n,
    percent(found, n),
    told,
    percent(right, told),
  ]),
)}

## Kept in disguise

Of texts that are found as they are, the share that is found in disguise, in percent. Left out are disguises that leave nothing a machine would
take (${[...SPENT].join(", ")}): models read such text, programs do not.

${table(["disguise", ...GROUPS], [...names.map((name) => [name, ...GROUPS.map((group) => disguises[group]?.[name] ?? "–")]), ["**mean**", ...GROUPS.map(mean)]])}

## Cost

Microseconds of CPU for a KB, median of five rounds, on ${cpus().length} shared processors. Reading each character once says how busy they were.

${table(
  ["", ...Object.keys(cost)],
  Object.keys(cost["tool-result"] ?? {}).map((name) => [
    name,
    ...Object.values(cost).map((one) => one[name] ?? "–"),
  ]),
)}
`,
);
