import { writeFileSync } from "node:fs";
import { gzipSync } from "node:zlib";
import { DEFAULT_FOLDER, rowsOf } from "./corpus.ts";
import { casesOf, countsOf } from "./guards.ts";
import { PROFILES } from "../src/detect/profiles.ts";

/** Cases of one group in the sample. */
const MOST = 60;
const SHORT = 1500;
/** Sources whose licence lets a few of their lines stand in this repository with their name beside them. */
const SOURCES = new Set([
  "gitleaks-rules",
  "noseyparker",
  "detect-secrets-tests",
  "benign-dev",
  "presidio-synth-v2",
  "lookalike-dev",
  "payloadsallthethings",
  "toucan-tools",
  "tldr-commands",
]);

const rows = rowsOf(process.argv[2] ?? DEFAULT_FOLDER, ["secrets", "pii", "shellsql", "mcp-tools"]) ?? [];
const all = casesOf(rows.filter(({ source }) => SOURCES.has(source))).filter(
  ({ text }) => text.length <= SHORT,
);
const sample = [...Map.groupBy(all, ({ group }) => group)].flatMap(([, cases]) =>
  cases.filter((_, index) => index % Math.ceil(cases.length / MOST) === 0),
);
// Packed, because what looks like a secret is taken for one by those who search repositories for them.
writeFileSync(
  "test/detect/sample.jsonl.gz",
  gzipSync(sample.map((one) => JSON.stringify(one)).join("\n"), { level: 9 }),
);
const floors = [...countsOf(sample, PROFILES.standard.guards)].map(
  ([group, { n, found }]) => [group, Math.round((1000 * found) / n) / 1000] as const,
);
writeFileSync(
  "test/detect/floors.json",
  `${JSON.stringify(Object.fromEntries(floors.toSorted(([a], [b]) => (a < b ? -1 : 1))), undefined, 2)}\n`,
);
