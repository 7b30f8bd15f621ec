import { type Entry, findingsOf, keptText, modeOf, requestOf } from "../reading/entry.ts";
import { severityOf } from "./severity.ts";

/** Who writes the events: shown as device vendor, product and version. */
export interface CefSource {
  readonly version: string;
}

/** CEF 0: in the head `\` and `|` are escaped; it is one line. */
function head(text: string): string {
  return text.replaceAll(/[\r\n]+/g, " ").replaceAll(/[\\|]/g, String.raw`\$&`);
}

/** In values `\` and `=` are escaped, and line ends written as `\n`. */
function value(text: string): string {
  return text.replaceAll(/[\\=]/g, String.raw`\$&`).replaceAll(/\r\n|\r|\n/g, String.raw`\n`);
}

const MOST = 1_023;

/** The members that have something to say, each cut to what the format holds. */
function extension(fields: readonly (readonly [key: string, text: string | number | undefined])[]): string {
  return fields
    .flatMap(([key, text]) =>
      text === undefined || text === ""
        ? []
        : [`${key}=${value(String(text).slice(0, MOST).toWellFormed())}`],
    )
    .join(" ");
}

/** A custom string with its label, as CEF wants both. */
function custom(
  number: number,
  label: string,
  text: string | undefined,
): readonly (readonly [string, string | undefined])[] {
  return text === undefined || text === ""
    ? []
    : [
        [`cs${number}`, text],
        [`cs${number}Label`, label],
      ];
}

const NAMES = { allow: "Call allowed", deny: "Call denied", hold: "Call held for approval" } as const;

/** One line of ArcSight's Common Event Format: an entry as SIEMs take it, without arguments. */
export function cefLine(entry: Entry, { version }: CefSource): string {
  const start = ["CEF:0", "Portcullis", "Portcullis", head(version)];
  const severity = severityOf(entry);
  if (entry.kind === "act") {
    const { tenant, act } = entry.record;
    const fields = extension([
      ["rt", act.at],
      ["externalId", act.id],
      ["suser", act.principal],
      ["act", act.action],
      ["outcome", act.outcome === "ok" ? "success" : "failure"],
      ["duid", act.object],
      ...custom(1, "tenant", tenant),
    ]);
    return [...start, head(act.action), head(`Administrative act ${act.action}`), severity, fields].join("|");
  }
  const { record } = entry;
  const { opened, closed, tenant } = record;
  const observed = modeOf(record) === "observe";
  const fields = extension([
    ["rt", closed?.at ?? opened.at],
    ["start", opened.at],
    ["end", closed?.at],
    ["externalId", opened.call],
    ["suser", opened.principal],
    ["requestClientApplication", opened.client],
    ["destinationServiceName", opened.server],
    ["requestMethod", opened.method],
    ["act", observed && opened.verdict !== "allow" ? `would ${opened.verdict}` : opened.verdict],
    ["outcome", record.status],
    ["in", closed?.size_bytes],
    ["out", opened.size_bytes],
    ["cn1", closed === undefined ? undefined : Math.round(closed.duration_us / 1000)],
    ["cn1Label", closed === undefined ? undefined : "duration_ms"],
    ...custom(1, "tenant", tenant),
    ...custom(2, opened.target_kind, opened.target),
    ...custom(3, "rule", opened.rule),
    ...custom(4, "args_digest", opened.args_digest),
    ...custom(5, "findings", [...new Set(findingsOf(record).map((each) => each.class))].join(" ")),
    ...custom(6, "approval", keptText(record, "approval")),
    ["flexString1", requestOf(record)],
    ["flexString1Label", "request_id"],
    ["flexString2", opened.session],
    ["flexString2Label", opened.session === undefined ? undefined : "session"],
    ["reason", keptText(record, "why")],
  ]);
  return [...start, head(`mcp.${opened.verdict}`), NAMES[opened.verdict], severity, fields].join("|");
}
