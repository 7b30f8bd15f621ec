import type { JsonPath } from "../call/json.ts";
import type { Findings, Origin } from "./origin.ts";
import type { ConfigFile } from "./schema.ts";

interface Refusal {
  readonly path: JsonPath;
  /** The values that this version can do. */
  readonly done: readonly string[];
  readonly message: string;
}

/** What the file may say one day, and this version cannot do: said, so that nobody relies on it. */
const LATER: readonly Refusal[] = [
  {
    path: ["preset"],
    done: ["development", "production", "high_security"],
    message: "this preset promises consent and retention, which this version cannot do",
  },
];

/** A problem for each key that this version would have to ignore. Defaults, written out, are fine. */
export function refuseLater(file: ConfigFile, origin: Origin, findings: Findings): void {
  const values: Readonly<Record<string, string | undefined>> = flat(file);
  for (const { path, done, message } of LATER) {
    const value = values[path.join(".")];
    if (value !== undefined && !done.includes(value))
      findings.problems.push(origin.problem(path, message, `this version has ${done.join(", ")}`));
  }
}

function flat(file: ConfigFile) {
  return { preset: file.preset };
}
