import type { Entry } from "../reading/entry.ts";
import { severityOf } from "./severity.ts";

/** RFC 5424 §6.2.1: "log audit". */
const FACILITY = 13;

/** From 0 (emergency) to 7 (debug); of 10 steps only those between alert and informational are used. */
function priority(entry: Entry): number {
  const severity = severityOf(entry);
  const level = severity >= 10 ? 1 : severity >= 8 ? 2 : severity >= 6 ? 4 : severity >= 4 ? 5 : 6;
  return FACILITY * 8 + level;
}

/** A name of the header: visible ASCII, no longer than it may be, `-` where there is none. */
function name(text: string, most: number): string {
  const kept = text.replaceAll(/[^\u0021-\u007e]/g, "").slice(0, most);
  return kept === "" ? "-" : kept;
}

/** A message of RFC 5424 in UTF-8, without the mark for it, before which receivers would not know CEF. `host`: of this machine. */
export function syslogMessage(entry: Entry, text: string, host: string): string {
  const header = [
    `<${priority(entry)}>1`,
    new Date(entry.at).toISOString(),
    name(host, 255),
    "portcullis",
    "-",
    entry.kind === "call" ? "call" : "act",
  ];
  return `${header.join(" ")} - ${text}`;
}

/** A frame with octet counting (RFC 6587 §3.4.1, RFC 5425 §4.3). */
export function framed(message: string): Buffer {
  const bytes = Buffer.from(message);
  return Buffer.concat([Buffer.from(`${bytes.length} `), bytes]);
}
