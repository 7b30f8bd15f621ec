import type { JsonPath } from "../call/json.ts";
import type { Findings, Origin } from "./origin.ts";
import type { ConfigFile } from "./schema.ts";

interface Refusal {
  readonly path: JsonPath;
  /** The only value that this version can do. */
  readonly done: string;
  readonly message: string;
}

/** What the file may say one day, and this version cannot do: said, so that nobody relies on it. */
const LATER: readonly Refusal[] = [
  {
    path: ["preset"],
    done: "development",
    message: "this preset promises authentication and more that come in a later version",
  },
  { path: ["profile"], done: "standard", message: "other sets of guards come in a later version" },
  { path: ["auth", "mode"], done: "none", message: "authentication comes in a later version" },
];

/** A problem for each key that this version would have to ignore. Defaults, written out, are fine. */
export function refuseLater(file: ConfigFile, origin: Origin, findings: Findings): void {
  const values: Readonly<Record<string, string | undefined>> = {
    ...flat(file),
    "auth.mode": file.auth?.mode,
  };
  for (const { path, done, message } of LATER) {
    const value = values[path.join(".")];
    if (value !== undefined && value !== done)
      findings.problems.push(origin.problem(path, message, `this version has "${done}"`));
  }
  for (const key of ["oauth", "api_keys", "mtls"] as const) {
    if (file.auth?.[key] === undefined) continue;
    findings.problems.push(
      origin.problem(["auth", key], "authentication comes in a later version", "take it out", "key"),
    );
  }
}

function flat(file: ConfigFile) {
  return { preset: file.preset, profile: file.profile };
}
