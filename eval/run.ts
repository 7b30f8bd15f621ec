import { writeFileSync } from "node:fs";
import { cpus, loadavg } from "node:os";
import { DEFAULT_FOLDER, rowsOf } from "./corpus.ts";
import { type Group, type InjectionResults, measured } from "./injection.ts";

/** `node eval/run.ts [folder of the data]`: measures the injection guard and writes eval/results.md and eval/results.json. */

const percent = (share: number): string => (100 * share).toFixed(share > 0 && share < 0.1 ? 2 : 1);

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  return [head, head.map(() => "---"), ...rows].map((cells) => `| ${cells.join(" | ")} |`).join("\n");
}

const HEAD = ["group", "texts", "low %", "medium %", "high %", "critical %"];
const line = ({ name, n, reached }: Group): readonly string[] => [name, String(n), ...reached.map(percent)];

function mean(name: string, groups: readonly Group[]): readonly string[] {
  const shares = (groups[0]?.reached ?? []).map(
    (_, at) => groups.reduce((sum, { reached }) => sum + (reached[at] ?? 0), 0) / groups.length,
  );
  return [name, String(groups.reduce((sum, { n }) => sum + n, 0)), ...shares.map(percent)];
}

function found(groups: readonly Group[]): string {
  const others = groups.filter(({ name }) => !name.startsWith("own-"));
  return table(HEAD, [
    ...groups.map(line),
    ...(others.length > 1 && others.length < groups.length
      ? [mean("mean of the public sources", others)]
      : []),
    mean("mean of the groups", groups),
  ]);
}

function written({ version, groups, languages, transfer, disguises, us_per_kb }: InjectionResults): string {
  const of = (role: Group["role"], attack: boolean): readonly Group[] =>
    groups.filter((one) => one.role === role && one.attack === attack);
  return `# What the injection guard finds

Written by \`make eval\`; weights ${version}. Each group is scored by a model that was trained without any text of its source, so these are figures
for text of a new source. The columns are the marks of severity, set at what 1 in 100, 300, 1,000 and 10,000 ordinary texts reach (definitions:
100, 300, 700 and 5,000). Groups that begin with \`own-\` are sentences written for this project; those that share two fifths of their pieces of 24 characters with attacks
of a source are not in the model that the source is scored by. docs/DETECTION.md says what is missed and why.

## Attacks in text: results, resources, prompts

${found(of("text", true))}

## Poisoned tool definitions

${found(of("definition", true))}

## Other languages, each by a model that has seen no attack in it

${found(languages)}

## False alarms on text

\`cursorrules\`, \`promptbook-multilang\`, \`agt-smoke\`, \`own-talk\`, \`own-mentions\`, \`own-plain\` and \`own-ordinary\` talk of instructions and attacks or give orders to agents, and were
chosen to mislead. Of \`own-ordinary\` whole kinds of text are left out at a time, of \`own-talk\` and \`own-mentions\` half of the wordings.

${table(HEAD, of("text", false).map(line))}

## False alarms on definitions

${table(HEAD, of("definition", false).map(line))}

## Calibration: the \`high\` mark taken from all other sources

${table(
  ["ordinary source", "texts", "meant %", "seen %"],
  transfer.map(({ source, n, wanted, seen }) => [source, String(n), percent(wanted), percent(seen)]),
)}

## Kept in disguise

Of attacks that the shipped weights find, what they still find. This measures the views, not the weights, which know these texts.

${table(["disguise", "kept %"], [...Object.entries(disguises).map(([name, share]) => [name, percent(share)]), ["mean", percent(Object.values(disguises).reduce((sum, share) => sum + share, 0) / Object.values(disguises).length)]])}

## Time, views included

One thread of ${cpus()[0]?.model.trim() ?? "an unknown processor"}, Node.js ${process.versions.node}, load ${(loadavg()[0] ?? 0).toFixed(1)} on ${cpus().length} cores: more than one process a core wants to run where the load is higher.

${table(
  ["text", "µs/KB median", "µs/KB p99"],
  Object.entries(us_per_kb).map(([name, { median, p99 }]) => [name, median.toFixed(0), p99.toFixed(0)]),
)}
`;
}

const folder = process.argv[2] ?? DEFAULT_FOLDER;
const rows = rowsOf(folder, ["injection", "mcp-tools", "pii", "secrets", "shellsql"]);
if (rows === undefined || rows.length === 0) {
  console.error(
    `No data at ${folder}, which is no part of the repository. Name their folder: make eval DATA=FOLDER`,
  );
  process.exit(3);
}
const results = measured(rows);
writeFileSync(
  "eval/results.json",
  `${JSON.stringify(results, (_, value: unknown) => (typeof value === "number" ? Number(value.toFixed(5)) : value), 1)}\n`,
);
writeFileSync("eval/results.md", written(results));
console.log("eval/results.md and eval/results.json are written.");
await import("./run-guards.ts");
