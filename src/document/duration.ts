const UNITS: Readonly<Record<string, number>> = {
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 604_800_000,
};

/** `30s`, `15m`, `24h`, `7d`, `2w` in milliseconds; undefined where the text is none of these. */
export function readDuration(text: string): number | undefined {
  const found = /^(\d{1,6})([smhdw])$/.exec(text);
  const unit = UNITS[found?.[2] ?? ""];
  return found === null || unit === undefined ? undefined : Number(found[1]) * unit;
}

/** Milliseconds as `readDuration` would read them: `90s`, `24h`. */
export function spanText(ms: number): string {
  const [unit = "s", size = 1000] = Object.entries(UNITS).findLast(([, each]) => ms % each === 0) ?? [];
  return `${ms / size}${unit}`;
}
