import type { Entry } from "../reading/entry.ts";
import { metadataOf, wholeOf } from "./line.ts";
import { severityOf } from "./severity.ts";

type Value =
  | { readonly stringValue: string }
  | { readonly intValue: string }
  | { readonly doubleValue: number }
  | { readonly boolValue: boolean };
interface Attribute {
  readonly key: string;
  readonly value: Value;
}

/** A value of the protocol's JSON form, in which 64-bit integers are texts. */
function valueOf(value: unknown): Value {
  if (typeof value === "boolean") return { boolValue: value };
  if (typeof value === "number")
    return Number.isSafeInteger(value) ? { intValue: String(value) } : { doubleValue: value };
  return { stringValue: typeof value === "string" ? value : JSON.stringify(value) };
}

function attributes(fields: Readonly<Record<string, unknown>>, prefix: string): readonly Attribute[] {
  return Object.entries(fields).flatMap(([name, value]) =>
    value === null || value === undefined || value === ""
      ? []
      : [{ key: `${prefix}${name}`, value: valueOf(value) }],
  );
}

/** Of 24: INFO, WARN, ERROR and their steps. */
const LEVELS = [9, 9, 9, 10, 11, 13, 13, 17, 17, 21, 21] as const;
const nanos = (ms: number): string => `${ms}000000`;

function logRecord(entry: Entry) {
  const severityNumber = LEVELS[severityOf(entry)] ?? 9;
  const { kind: _, id: __, at: ___, ...fields } = metadataOf(entry);
  const { record } = entry;
  const ended = "opened" in record ? (record.closed?.at ?? entry.at) : entry.at;
  return {
    timeUnixNano: nanos(entry.at),
    observedTimeUnixNano: nanos(ended),
    severityNumber,
    severityText:
      severityNumber < 13 ? "INFO" : severityNumber < 17 ? "WARN" : severityNumber < 21 ? "ERROR" : "FATAL",
    eventName: "opened" in record ? "portcullis.call" : "portcullis.act",
    body: { stringValue: JSON.stringify(wholeOf(entry)) },
    attributes: [
      { key: "portcullis.id", value: { stringValue: entry.id } },
      ...attributes(fields, "portcullis."),
    ],
  };
}

/** One ExportLogsServiceRequest in JSON (OTLP 1.x): what a collector takes over HTTP, and reads from a file line by line. */
export function otlpRequest(entries: readonly Entry[], { version }: { readonly version: string }): object {
  return {
    resourceLogs: [
      {
        resource: {
          attributes: attributes({ "service.name": "portcullis", "service.version": version }, ""),
        },
        scopeLogs: [{ scope: { name: "portcullis.audit", version }, logRecords: entries.map(logRecord) }],
      },
    ],
  };
}
