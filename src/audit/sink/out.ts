import type { Sink } from "../../config/sinks.ts";
import type { Outbound } from "../../outbound/outbound.ts";
import type { FormSource } from "../form/form.ts";
import type { Entry } from "../reading/entry.ts";
import type { Outcome } from "./outcome.ts";

/** A way out for entries that may be let out. */
export interface Out {
  /** Resolves when the receiver has them, or not. Rejects for what nobody thought of; then they are tried again. */
  deliver(entries: readonly Entry[], signal: AbortSignal): Promise<Outcome>;
  close(): Promise<void>;
}

export interface OutPorts {
  readonly outbound: Outbound;
  readonly source: FormSource;
}

/** The way out of one sink. Nothing is opened before the first delivery. */
export async function outOf(sink: Sink, ports: OutPorts): Promise<Out> {
  switch (sink.type) {
    case "syslog":
      return (await import("./syslog-out.ts")).syslogOut(sink, ports);
    case "file":
      return (await import("./file-out.ts")).fileOut(sink, ports);
    case "http":
    case "otlp":
      return (await import("./http-out.ts")).httpOut(sink, ports);
  }
}
