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

/** Arguments as they are kept, and where that is not what they were. */
export interface Kept {
  readonly args: JsonObject;
  /**
   * JSON Pointers (RFC 6901) of what is not there as it was. One that leads to a list or an object means all of it, an
   * empty one everything.
   */
  readonly lost: readonly string[];
}

/** More places than these, or longer ones, are told as everything. */
const LOST = 32;
const LOST_CHARS = 1_024;
const EVERYTHING: readonly string[] = Object.freeze([""]);

function pointer(path: readonly (string | number)[]): string {
  return path.map((step) => `/${String(step).replaceAll("~", "~0").replaceAll("/", "~1")}`).join("");
}

/** Whether a member is called `__proto__`: no condition reads arguments in which one is, wherever it stands. */
function hasOdd(root: Json): boolean {
  const waiting: (Json | undefined)[] = [root];
  for (let value = waiting.pop(); value !== undefined; value = waiting.pop()) {
    if (typeof value !== "object" || value === null) continue;
    if (Object.hasOwn(value, "__proto__")) return true;
    for (const each of Object.values(value) as readonly (Json | undefined)[])
      if (each !== undefined && each !== null) waiting.push(each);
  }
  return false;
}

/** JSON has no other numbers, and no `-0` that stays one. */
function isPlain(number: number): boolean {
  return Number.isFinite(number) && !Object.is(number, -0);
}

/**
 * Arguments as far as they may be kept: values under names and after options that look secret are masked, long texts cut to their
 * beginning, length and digest, and the whole bounded (8,192 characters, 16 levels). What is cut says so in its place.
 */
export function redact(args: JsonObject): Kept {
  let left = TOTAL_CHARS;
  const path: (string | number)[] = [];
  const lost: string[] = [];
  let lost_chars = 0;

  function lose<T>(kept: T, from: Json): T {
    const where = hasOdd(from) ? "" : pointer(path);
    lost_chars += where.length;
    if (lost.length <= LOST && lost_chars <= LOST_CHARS) lost.push(where);
    return kept;
  }

  function value(from: Json, depth: number): Json {
    if (typeof from === "string") {
      const kept = cut(from);
      left -= kept.length;
      if (left < 0) return lose(`[${from.length} characters]`, from);
      return kept === from ? kept : lose(kept, from);
    }
    if (typeof from !== "object" || from === null) {
      left -= 8;
      return typeof from === "number" && !isPlain(from) ? lose(from, from) : from;
    }
    if (depth >= DEPTH || left <= 0) return lose(Array.isArray(from) ? "[list]" : "[object]", from);
    return isObject(from) ? members(from, depth) : items(from, depth);
  }

  function items(from: readonly Json[], depth: number): Json {
    const kept: Json[] = [];
    let flagged = false;
    for (const [at, item] of from.entries()) {
      if (left <= 0) break;
      const flag = typeof item === "string" ? flagOf(item) : undefined;
      path.push(at);
      if (flagged && flag === undefined && typeof item === "string") kept.push(lose(MASK, item));
      else
        kept.push(flag?.secret && flag.joined ? lose(`${flag.name}=${MASK}`, item) : value(item, depth + 1));
      path.pop();
      flagged = flag?.secret === true && !flag.joined;
    }
    return kept.length === from.length ? kept : lose([...kept, `[${from.length - kept.length} more]`], from);
  }

  function members(from: JsonObject, depth: number): JsonObject {
    const kept: [string, Json][] = [];
    const names = Object.keys(from);
    for (const name of names) {
      if (left <= 0) break;
      left -= Math.min(name.length, TEXT_CHARS);
      const member = from[name] ?? null;
      const secret = member !== null && SECRET.test(name.slice(0, TEXT_CHARS));
      const shown = cut(name);
      if (shown !== name) lose(name, from); // the object it is a member of
      path.push(shown);
      kept.push([shown, secret ? lose(MASK, member) : value(member, depth + 1)]);
      path.pop();
    }
    if (kept.length < names.length) kept.push(["…", lose(`[${names.length - kept.length} more]`, from)]);
    return Object.fromEntries(kept); // defines members, so that `__proto__` is one like any other
  }

  const kept = members(args, 0);
  return { args: kept, lost: lost.length > LOST || lost_chars > LOST_CHARS ? EVERYTHING : lost };
}
