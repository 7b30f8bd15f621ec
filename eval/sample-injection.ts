import { writeFileSync } from "node:fs";
import { gzipSync } from "node:zlib";
import { INJECTION } from "../src/detect/injection/injection.ts";
import { DEFAULT_FOLDER, rowsOf } from "./corpus.ts";
import { type Line, shares } from "./heard.ts";

/** `node eval/sample-injection.ts [folder of the data]`: writes the small sample that the tests are run on, and what the guard reaches there. */

/** Texts of one label of one source. */
const MOST = 40;
const SHORT = 1200;
/** Sources whose licence lets some of their texts stand here: test/corpus/detect/SOURCES.md names it. */
const SOURCES = new Set([
  "garak",
  "giskard",
  "injecagent",
  "agt-smoke",
  "pif",
  "llm-guard-tests",
  "aig-jailbreaks",
  "bipia",
  "cursorrules",
  "promptbook-multilang",
  "toucan-tools",
  "cisco-remote-evals",
  "tpa-synth-dev",
]);

const rows = rowsOf(process.argv[2] ?? DEFAULT_FOLDER, ["injection", "mcp-tools"]) ?? [];
const fit = rows.filter(
  ({ source, text, label, kind }) =>
    SOURCES.has(source) && text.length <= SHORT && label !== "malicious-capability" && !/-task/.test(kind),
);
const sample = [...Map.groupBy(fit, ({ source, label }) => `${source}/${label}`).values()].flatMap((group) =>
  group.filter((_, at) => at % Math.ceil(group.length / MOST) === 0),
);
const lines = sample.map(
  ({ id, source, label, family, text }): Line => ({ id, source, label, family, text }),
);
// Packed, because other guards that look through a checkout would take it for what it is about.
writeFileSync(
  "test/corpus/detect/injection.jsonl.gz",
  gzipSync(lines.map((line) => JSON.stringify(line)).join("\n"), { level: 9 }),
);
writeFileSync(
  "test/corpus/detect/injection-floors.json",
  `${JSON.stringify(shares(lines, INJECTION), undefined, 2)}\n`,
);
