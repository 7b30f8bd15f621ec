import { existsSync } from "node:fs";
import { resolve } from "node:path";
import type { JsonPath } from "../call/json.ts";
import type { Reading } from "./build.ts";
import { shown } from "./paths.ts";
import { expand } from "./references.ts";
import type { SinkFile } from "./sink-schema.ts";

interface SinkCommon {
  /** Names it in the store too: another name is another sink. */
  readonly name: string;
  readonly redact: "none" | "personal" | "payload" | "identity";
  /** Undefined: everybody's. */
  readonly tenants: readonly string[] | undefined;
  readonly from: "now" | "beginning";
}
type LineForm = NonNullable<Extract<SinkFile, { readonly type: "file" }>["form"]>;

export interface SyslogSink extends SinkCommon {
  readonly type: "syslog";
  readonly host: string;
  readonly port: number;
  readonly tls: boolean;
  /** A PEM file. */
  readonly ca: string | undefined;
  readonly form: LineForm;
}
export interface HttpSink extends SinkCommon {
  readonly type: "http";
  readonly url: string;
  readonly envelope: "ndjson" | "splunk" | "datadog" | "elastic";
  /** Values are secrets. */
  readonly headers: Readonly<Record<string, string>>;
  readonly form: LineForm;
}
export interface OtlpSink extends SinkCommon {
  readonly type: "otlp";
  readonly url: string;
  /** Values are secrets. */
  readonly headers: Readonly<Record<string, string>>;
}
export interface FileSink extends SinkCommon {
  readonly type: "file";
  readonly path: string;
  readonly max_bytes: number;
  readonly keep: number;
  readonly form: LineForm;
}
/** Where records go on their own. */
export type Sink = SyslogSink | HttpSink | OtlpSink | FileSink;

const MAX_BYTES = 100 * 1024 * 1024;
const KEEP = 10;

/** What is wrong, and the value with the environment put in, below one sink. */
interface Section {
  readonly problem: (path: JsonPath, message: string, hint?: string) => void;
  readonly text: (path: JsonPath, written: string) => string;
}

function webUrl(section: Section, written: string): string {
  const text = section.text(["url"], written);
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (text !== "" && (url === undefined || !/^https?:$/.test(url.protocol)))
    section.problem(["url"], "is no https:// address");
  else if (url !== undefined && (url.username !== "" || url.password !== ""))
    section.problem(["url"], "has a name or password before the host, which is not sent", "use `headers`");
  return text;
}

function headersOf(section: Section, written: Readonly<Record<string, string>> = {}) {
  return Object.fromEntries(
    Object.entries(written).map(([name, text]) => {
      const value = section.text(["headers", name], text);
      if (!/^[\t\u0020-\u007e]*$/.test(value))
        section.problem(["headers", name], "holds what no header can hold");
      return [name, value];
    }),
  );
}

function syslogAt(section: Section, written: string): Pick<SyslogSink, "host" | "port" | "tls"> {
  const text = section.text(["url"], written);
  const found = /^(tls|tcp):\/\/(\[[0-9a-f:.]+\]|[^\s:/?#@[\]]+):(\d{1,5})\/?$/i.exec(text);
  const port = Number(found?.[3] ?? 0);
  if (text !== "" && (found === null || port < 1 || port > 65_535))
    section.problem(["url"], "is neither tls://HOST:PORT nor tcp://HOST:PORT", "tls://siem.example.com:6514");
  return { host: found?.[2] ?? "", port, tls: found?.[1]?.toLowerCase() === "tls" };
}

function caOf(section: Section, folder: string, written: string | undefined): string | undefined {
  if (written === undefined) return undefined;
  const path = resolve(folder, section.text(["ca"], written));
  if (!existsSync(path)) section.problem(["ca"], `${shown(path)} does not exist`, "name a PEM file");
  return path;
}

function built(section: Section, folder: string, name: string, file: SinkFile): Sink {
  const { redact = "personal", tenants, from = "now" } = file;
  const common = { name, redact, tenants, from };
  switch (file.type) {
    case "syslog":
      return {
        ...common,
        type: "syslog",
        ...syslogAt(section, file.url),
        ca: caOf(section, folder, file.ca),
        form: file.form ?? "cef",
      };
    case "http":
      return {
        ...common,
        type: "http",
        url: webUrl(section, file.url),
        envelope: file.envelope ?? "ndjson",
        headers: headersOf(section, file.headers),
        form: file.form ?? "ndjson",
      };
    case "otlp":
      return {
        ...common,
        type: "otlp",
        url: webUrl(section, file.url),
        headers: headersOf(section, file.headers),
      };
    case "file":
      return {
        ...common,
        type: "file",
        path: resolve(folder, section.text(["path"], file.path)),
        max_bytes: file.max_bytes ?? MAX_BYTES,
        keep: file.keep ?? KEEP,
        form: file.form ?? "ndjson",
      };
  }
}

/** Where records go on their own. What is wrong is in the findings. */
export function buildSinks({ file, folder, env, origin, findings }: Reading): readonly Sink[] {
  return Object.entries(file.sinks ?? {}).map(([name, written]) => {
    const whole = (path: JsonPath): JsonPath => ["sinks", name, ...path];
    const section: Section = {
      problem: (path, message, hint) =>
        void findings.problems.push(origin.problem(whole(path), message, hint)),
      text: (path, text) => expand(text, whole(path), env, origin, findings),
    };
    return built(section, folder, name, written);
  });
}
