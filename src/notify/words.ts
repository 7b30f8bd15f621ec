import type { Json } from "../call/json.ts";
import type { Letter } from "../store/outbox.ts";
import { FIELDS, topicOf } from "./topic.ts";

/** What a notice says, for every medium to write in its own way. One line each, bounded, free of control characters. */
export interface Words {
  readonly title: string;
  readonly rows: readonly (readonly [label: string, text: string])[];
  /** What can be done next: a command. */
  readonly next: string | undefined;
  /** Where a person goes; it says what it is about, and decides nothing. */
  readonly link: string | undefined;
}

/** A notice is so many characters at most, its link included. */
export const MOST = 600;
const TITLE = 100;
const VALUE = 120;
/** A sentence of a policy's author. */
const SENTENCE = 200;
const SENTENCES: ReadonlySet<string> = new Set(["why", "problem", "message"]);
const LINK = 400;

/**
 * Text from elsewhere as it may be shown: one line, no control, invisible or direction-turning characters, and no address
 * that a reader's program would make a link of.
 */
function line(text: string, most: number): string {
  const plain = text
    .slice(0, 4 * most)
    .replaceAll(/[\p{Cc}\p{Cf}\p{DI}\p{Zl}\p{Zp}\s\u2800]+/gu, " ")
    .trim()
    .replaceAll("://", "[:]//");
  return (plain.length <= most ? plain : `${plain.slice(0, most - 1)}…`).toWellFormed();
}

/** `2026-11-21 15:20 UTC`. */
function instantText(at: number): string {
  const date = new Date(at);
  return Number.isNaN(date.getTime())
    ? String(at)
    : `${date.toISOString().slice(0, 16).replace("T", " ")} UTC`;
}

function shown(key: string, value: Json | undefined): string {
  if (key === "until" && typeof value === "number") return instantText(value);
  if (typeof value === "number") return String(value);
  if (Array.isArray(value))
    return line(value.filter((each): each is string => typeof each === "string").join(", "), VALUE);
  return typeof value === "string" ? line(value, SENTENCES.has(key) ? SENTENCE : VALUE) : "";
}

function subjectOf({ data }: Letter): string {
  return [data["server"], data["tool"]]
    .filter((each): each is string => typeof each === "string" && each !== "")
    .join("/");
}

/** What is said of a letter, in at most `MOST` characters. `page`: where people see what it is about; the gate's own. */
export function wordsOf(letter: Letter, page: string | undefined): Words {
  const { title, command } = topicOf(letter.topic);
  const link = page === undefined || page.length > LINK ? undefined : page;
  const subject = subjectOf(letter);
  const next = link === undefined && letter.about !== "" ? command?.(line(letter.about, VALUE)) : undefined;
  const named = line(title, TITLE) === "" ? "Notice" : title;
  const head = line(subject === "" ? named : `${named}: ${subject}`, TITLE);
  let room = MOST - head.length - (link ?? next ?? "").length - 2;
  const rows = FIELDS.flatMap(([key, label]): readonly (readonly [string, string])[] => {
    const text = shown(key, letter.data[key]);
    const length = label.length + text.length + 3;
    // The tenant says something only where there are several.
    if (text === "" || (key === "tenant" && text === "default") || length > room) return [];
    room -= length;
    return [[label, text]];
  });
  return { title: head, rows, next, link };
}

/** The whole as lines of plain text. */
export function plainText({ title, rows, next, link }: Words): string {
  const last = link ?? next;
  return [
    title,
    ...rows.map(([label, text]) => `${label}: ${text}`),
    ...(last === undefined ? [] : ["", last]),
  ].join("\n");
}
