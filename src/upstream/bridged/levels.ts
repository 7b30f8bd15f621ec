/** Levels of log messages, the most talkative first (RFC 5424, as MCP has them in both eras). */
export const LEVELS: readonly string[] = [
  "debug",
  "info",
  "notice",
  "warning",
  "error",
  "critical",
  "alert",
  "emergency",
];

/** Whether a message of that level is for whoever asked for `asked`. Who asked for none, or for none there is, gets none. */
export function isHeard(asked: string | undefined, level: unknown): boolean {
  const least = asked === undefined ? -1 : LEVELS.indexOf(asked);
  return least !== -1 && typeof level === "string" && LEVELS.indexOf(level) >= least;
}

/** Whether a session at level `current` says too little for whoever asks for `asked`. */
export function isQuieter(current: string | undefined, asked: string): boolean {
  const wanted = LEVELS.indexOf(asked);
  return wanted !== -1 && (current === undefined || LEVELS.indexOf(current) > wanted);
}
