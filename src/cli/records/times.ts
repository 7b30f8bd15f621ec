function two(value: number): string {
  return String(value).padStart(2, "0");
}

/** The time of day in the reader's zone; with its date before it where that is another day than `now`. */
export function localTime(at: number, now: number): string {
  const date = new Date(at);
  const time = `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`;
  if (date.toDateString() === new Date(now).toDateString()) return time;
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())} ${time}`;
}

/** `21 µs`, `4.25 ms` or `12.4 s` from microseconds. */
export function durationText(us: number): string {
  if (us < 1000) return `${Math.round(us)} µs`;
  if (us < 10_000) return `${Number((us / 1000).toFixed(2))} ms`;
  return us < 10_000_000 ? `${Math.round(us / 1000)} ms` : `${Number((us / 1_000_000).toFixed(1))} s`;
}
