import { destination, type Level, type Logger, pino } from "pino";

export type Log = Pick<Logger, "debug" | "info" | "warn" | "error">;

/** Names of members that never reach a log line, at any of the first levels. */
const SECRET = ["authorization", "cookie", "password", "token", "secret", "api_key", "headers", "env"];

/** The operator's log: JSON lines on standard error, because standard output may carry the protocol. */
export function openLog(level: Level = "info"): Log {
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
