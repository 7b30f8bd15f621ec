import type { HttpSink, OtlpSink } from "../../config/sinks.ts";
import { isObject, type Json } from "../../call/json.ts";
import { OutboundError } from "../../outbound/outbound.ts";
import { lineForm } from "../form/form.ts";
import { otlpRequest } from "../form/otlp.ts";
import type { Entry } from "../reading/entry.ts";
import { answered, later, type Outcome, TAKEN } from "./outcome.ts";
import type { Out, OutPorts } from "./out.ts";

/** Bytes of one request, and entries in it. */
const MAX_BYTES = 1024 * 1024;
const MAX_ENTRIES = 500;

interface Envelope {
  readonly media: string;
  /** One entry, or undefined where the form has none for it. */
  readonly one: (entry: Entry) => string | undefined;
  readonly body: (entries: readonly string[]) => string;
}

const lines = (entries: readonly string[]): string => entries.map((each) => `${each}\n`).join("");

/** What is put around a line, for receivers that want more than lines. */
function envelopeOf(sink: HttpSink, { source }: OutPorts): Envelope {
  const line = lineForm(sink.form, source);
  // A line that is no JSON stands as a text.
  const wrap = (make: (entry: Entry, event: string) => string) => (entry: Entry) => {
    const text = line(entry);
    return text === undefined ? undefined : make(entry, sink.form === "cef" ? JSON.stringify(text) : text);
  };
  switch (sink.envelope) {
    case "ndjson":
      return { media: sink.form === "cef" ? "text/plain" : "application/x-ndjson", one: line, body: lines };
    case "splunk":
      return {
        media: "application/json",
        one: wrap(
          ({ at }, event) =>
            `{"time":${at / 1000},"source":"portcullis","sourcetype":"portcullis:${sink.form}","event":${event}}`,
        ),
        body: lines,
      };
    case "datadog":
      return {
        media: "application/json",
        one: wrap(
          ({ id }, message) =>
            `{"ddsource":"portcullis","service":"portcullis","id":"${id}","message":${message}}`,
        ),
        body: (entries) => `[${entries.join(",\n")}]`,
      };
    case "elastic":
      return {
        media: "application/x-ndjson",
        // The same id each time: what is sent again, or has ended meanwhile, takes the place of what was there.
        one: wrap(
          ({ id, at }, event) => `{"index":{"_id":"${id}"}}\n{"@timestamp":${at},"portcullis":${event}}`,
        ),
        body: lines,
      };
  }
}

/** Entries of one request: as many as fit, at least one. */
function* requests(texts: readonly string[]): Generator<readonly string[]> {
  let some: string[] = [];
  let bytes = 0;
  for (const text of texts) {
    const size = Buffer.byteLength(text) + 1;
    if (some.length > 0 && (bytes + size > MAX_BYTES || some.length >= MAX_ENTRIES)) {
      yield some;
      [some, bytes] = [[], 0];
    }
    some.push(text);
    bytes += size;
  }
  if (some.length > 0) yield some;
}

/** Elastic answers 200 and says of each entry what became of it. */
async function bulkOutcome(host: string, response: Response): Promise<Outcome> {
  const answer = (await response.json()) as Json;
  if (!isObject(answer) || answer["errors"] !== true) return TAKEN;
  const items = Array.isArray(answer["items"]) ? (answer["items"] as readonly Json[]) : [];
  const statuses = items.map((item) => {
    const done = isObject(item) ? item["index"] : undefined;
    return isObject(done) && typeof done["status"] === "number" ? done["status"] : 0;
  });
  const busy = statuses.find((status) => status === 429 || status >= 500 || status === 0);
  if (busy !== undefined) return later(`${host} took only some entries (${busy})`);
  return { kind: "taken", refused: statuses.filter((status) => status >= 400).length };
}

/** A sink that is asked over HTTP: lines in one of several envelopes, or OTLP in JSON. */
export function httpOut(sink: HttpSink | OtlpSink, ports: OutPorts): Out {
  const { outbound, source } = ports;
  const host = new URL(sink.url).hostname;

  async function post(body: string, media: string, signal: AbortSignal): Promise<Outcome> {
    try {
      const headers = { "content-type": media, ...sink.headers };
      const response = await outbound.fetch(sink.url, { method: "POST", headers, body, signal });
      const outcome = answered(host, response);
      return outcome.kind === "taken" && sink.type === "http" && sink.envelope === "elastic"
        ? await bulkOutcome(host, response)
        : outcome;
    } catch (error) {
      if (error instanceof OutboundError) return later(error.message);
      if (error instanceof SyntaxError) return later(`${host} did not answer with JSON`);
      throw error;
    }
  }

  async function inOrder(bodies: readonly string[], media: string, signal: AbortSignal): Promise<Outcome> {
    let refused = 0;
    for (const body of bodies) {
      const outcome = await post(body, media, signal);
      if (outcome.kind !== "taken") return outcome;
      refused += outcome.refused;
    }
    return { kind: "taken", refused };
  }

  if (sink.type === "otlp") {
    return {
      deliver: (entries, signal) =>
        entries.length === 0
          ? Promise.resolve(TAKEN)
          : inOrder([JSON.stringify(otlpRequest(entries, source))], "application/json", signal),
      close: () => Promise.resolve(),
    };
  }
  const { media, one, body } = envelopeOf(sink, ports);
  return {
    deliver: (entries, signal) =>
      inOrder([...requests(entries.map(one).filter((each) => each !== undefined))].map(body), media, signal),
    close: () => Promise.resolve(),
  };
}
