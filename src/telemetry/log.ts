import { createRequire } from "node:module";
import type * as Pino from "pino";

export type Log = Pick<Pino.Logger, "debug" | "info" | "warn" | "error">;

/** Names of members that never reach a log line, at any of the first levels. */
const SECRET = ["authorization", "cookie", "password", "token", "secret", "api_key", "headers", "env"];

/** Loaded with the first line that is written: a client waits for `wrap` to start, which seldom has one to write. */
function loaded(level: Pino.Level): Log {
  const { destination, pino } = createRequire(import.meta.url)("pino") as typeof Pino;
  return pino(
    {
      level,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      redact: { paths: SECRET.flatMap((name) => [name, `*.${name}`]), censor: "[secret]" },
    },
    destination({ fd: 2, sync: true }),
  );
}

const LEVELS: readonly Pino.Level[] = ["trace", "debug", "info", "warn", "error", "fatal"];

/** The operator's log: JSON lines on standard error, because standard output may carry the protocol. */
export function openLog(level: Pino.Level = "info"): Log {
  let log: Log | undefined;
  const line = (of: keyof Log): Log[keyof Log] => {
    if (LEVELS.indexOf(of) < LEVELS.indexOf(level)) return () => {};
    return (...said: readonly unknown[]) => {
      log ??= loaded(level);
      Reflect.apply(log[of], log, said);
    };
  };
  return { debug: line("debug"), info: line("info"), warn: line("warn"), error: line("error") };
}
