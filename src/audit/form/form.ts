import { hostname } from "node:os";
import type { Entry } from "../reading/entry.ts";
import { atomLine } from "./atom.ts";
import { toolLog } from "./bridge.ts";
import { cefLine } from "./cef.ts";
import type { Form, LineForm } from "./forms.ts";
import { guardianLine } from "./guardian.ts";
import { wholeOf } from "./line.ts";
import { ocsfEvent } from "./ocsf.ts";
import { otlpRequest } from "./otlp.ts";
import { syslogMessage } from "./syslog.ts";

/** What of the gate stands in records that are let out. */
export interface FormSource {
  readonly version: string;
}

/** Writes entries in one form, portion by portion. */
export interface Encoder {
  readonly head: string;
  readonly add: (entries: readonly Entry[]) => string | Uint8Array;
  readonly end: () => string | Uint8Array;
}

/** An entry as a line, without its end. Undefined where the form has no such entries: tool logs hold no acts. */
export function lineForm(form: LineForm, source: FormSource): (entry: Entry) => string | undefined {
  switch (form) {
    case "ndjson":
      return (entry) => JSON.stringify(wholeOf(entry));
    case "atom":
      return (entry) => JSON.stringify(atomLine(entry));
    case "guardian":
      return (entry) => JSON.stringify(guardianLine(entry));
    case "ocsf":
      return (entry) => JSON.stringify(ocsfEvent(entry, source));
    case "cef": {
      const host = hostname();
      return (entry) => syslogMessage(entry, cefLine(entry, source), host);
    }
    case "tool_logs":
      return (entry) => (entry.kind === "call" ? JSON.stringify(toolLog(entry)) : undefined);
  }
}

function lines(form: LineForm, source: FormSource): Encoder {
  const line = lineForm(form, source);
  return {
    head: "",
    add: (entries) =>
      entries
        .map(line)
        .filter((each) => each !== undefined)
        .map((each) => `${each}\n`)
        .join(""),
    end: () => "",
  };
}

/** One array, an entry a line. */
function array(): Encoder {
  let first = true;
  return {
    head: "[",
    add: (entries) =>
      entries
        .map((entry) => {
          const before = first ? "\n" : ",\n";
          first = false;
          return before + JSON.stringify(wholeOf(entry));
        })
        .join(""),
    end: () => "\n]\n",
  };
}

/** An encoder, to be used once. What tables need is loaded when one is written. */
export async function encoderOf(form: Form, source: FormSource): Promise<Encoder> {
  switch (form) {
    case "json":
      return array();
    case "otlp":
      return {
        head: "",
        add: (entries) => (entries.length === 0 ? "" : `${JSON.stringify(otlpRequest(entries, source))}\n`),
        end: () => "",
      };
    case "csv": {
      const { CSV_HEAD, csvLines } = await import("./csv.ts");
      return { head: CSV_HEAD, add: csvLines, end: () => "" };
    }
    case "parquet": {
      const { parquetTable } = await import("./parquet.ts");
      const { add, end } = parquetTable();
      return { head: "", add, end };
    }
    case "ndjson":
    case "atom":
    case "guardian":
    case "ocsf":
    case "cef":
    case "tool_logs":
      return lines(form, source);
  }
}
