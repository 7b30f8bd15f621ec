import { isObject, type Json, type JsonObject } from "../call/json.ts";
import { shownJson } from "./preview.ts";

/** Lines of a comparison. */
const MOST_LINES = 100;

/** How arguments differ from those of another call: a line for each value that came, went or changed, by its path. */
export function differences(before: JsonObject, after: JsonObject): readonly string[] {
  const lines: string[] = [];
  const walk = (path: string, old: Json | undefined, now: Json | undefined): void => {
    if (lines.length > MOST_LINES) return;
    if (isObject(old) && isObject(now)) {
      for (const key of new Set([...Object.keys(old), ...Object.keys(now)].sort()))
        walk(`${path}/${step(key)}`, old[key], now[key]);
      return;
    }
    const [from, to] = [text(old), text(now)];
    if (from === to) return;
    lines.push(
      from === undefined
        ? `+ ${path}: ${to}`
        : to === undefined
          ? `- ${path}: ${from}`
          : `~ ${path}: ${from} → ${to}`,
    );
  };
  walk("", before, after);
  if (lines.length === 0) return ["nothing: the same arguments"];
  return lines.length <= MOST_LINES ? lines : [...lines.slice(0, MOST_LINES), "… and more"];
}

function step(key: string): string {
  return shownJson(key).slice(1, -1).replaceAll("~", "~0").replaceAll("/", "~1");
}

function text(value: Json | undefined): string | undefined {
  return value === undefined ? undefined : shownJson(value).replaceAll(/\s*\n\s*/g, " ");
}
