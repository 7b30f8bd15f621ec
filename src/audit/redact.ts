import { digestBytes, isObject, type Json, type JsonObject } from "../call/json.ts";

/** What stands for a value that is not kept. */
export const MASK = "[secret]";

/** Characters of a text that are kept whole; of a longer one, its beginning. */
const TEXT_CHARS = 1_024;
const BEGINNING_CHARS = 128;
/** Names, texts and numbers kept of one call, in characters; what does not fit is counted. */
const TOTAL_CHARS = 8_192;
const DEPTH = 16;

/** Names whose values are secrets, whatever they hold. `max_tokens` and `tokenizer` are none. */
const SECRET =
  /pass(?:word|wd|phrase|code)|(?:^|[_\-.])(?:pwd|pin|otp|cvv|cvc|jwt|auth|cookie|session_?id)$|secret|(?:^|[_\-.a-z])token$|api[_-]?key|private[_-]?key|access[_-]?key|(?:encryption|signing|master|ssh)[_-]?key|authorization|credential|connection[_-]?string|(?:set-)?cookie/i;

/** An option of a command line in a list: `--token`, whose value comes next, or `--token=…`. */
function flagOf(text: string): { name: string; joined: boolean; secret: boolean } | undefined {
  const found = /^(--?[A-Za-z][\w.-]{0,99})(=)?/.exec(text);
  if (found === null || (found[2] === undefined && found[0].length < text.length)) return undefined;
  const name = found[1] ?? "";
  return { name, joined: found[2] !== undefined, secret: SECRET.test(name.replace(/^--?/, "")) };
}

function cut(text: string): string {
  if (text.length <= TEXT_CHARS) return text;
  const beginning = text.slice(0, BEGINNING_CHARS).toWellFormed();
  return `${beginning}… [${text.length} characters, ${digestBytes(text)}]`;
}

/**
 * Arguments as far as they may be kept: values under names and after options that look secret are masked, long texts cut to their
 * beginning, length and digest, and the whole bounded (8,192 characters, 16 levels). What is cut says so in its place.
 */
export function redact(args: JsonObject): JsonObject {
  let left = TOTAL_CHARS;

  function value(from: Json, depth: number): Json {
    if (typeof from === "string") {
      const kept = cut(from);
      left -= kept.length;
      return left < 0 ? `[${from.length} characters]` : kept;
    }
    if (typeof from !== "object" || from === null) {
      left -= 8;
      return from;
    }
    if (depth >= DEPTH || left <= 0) return Array.isArray(from) ? "[list]" : "[object]";
    return isObject(from) ? members(from, depth) : items(from, depth);
  }

  function items(from: readonly Json[], depth: number): Json {
    const kept: Json[] = [];
    let flagged = false;
    for (const item of from) {
      if (left <= 0) break;
      const flag = typeof item === "string" ? flagOf(item) : undefined;
      if (flagged && flag === undefined && typeof item === "string") kept.push(MASK);
      else kept.push(flag?.secret && flag.joined ? `${flag.name}=${MASK}` : value(item, depth + 1));
      flagged = flag?.secret === true && !flag.joined;
    }
    return kept.length === from.length ? kept : [...kept, `[${from.length - kept.length} more]`];
  }

  function members(from: JsonObject, depth: number): JsonObject {
    const kept: [string, Json][] = [];
    const names = Object.keys(from);
    for (const name of names) {
      if (left <= 0) break;
      left -= Math.min(name.length, TEXT_CHARS);
      const member = from[name] ?? null;
      const secret = member !== null && SECRET.test(name.slice(0, TEXT_CHARS));
      kept.push([cut(name), secret ? MASK : value(member, depth + 1)]);
    }
    if (kept.length < names.length) kept.push(["…", `[${names.length - kept.length} more]`]);
    return Object.fromEntries(kept); // defines members, so that `__proto__` is one like any other
  }

  return members(args, 0);
}
