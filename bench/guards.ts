// What the guards of `standard` cost for a text that is new to them: ordinary texts, and the worst that is known, of 64 KB.
// `node bench/guards.ts` prints it by itself.
import { readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import { z } from "zod";
import type { Field, Role } from "../src/detect/detector.ts";
import { lookThrough } from "../src/detect/inspection.ts";
import { PROFILES } from "../src/detect/profiles.ts";
import { median } from "./numbers.ts";

export interface GuardCost {
  /** Of a KB of ordinary text, the median over texts of a quarter KB and more, µs. */
  readonly us_per_kb: number;
  /** The same to read each character once: what the machine was like. */
  readonly read_us_per_kb: number;
  /** The slowest hostile text of 64 KB, ms, and what it repeats. */
  readonly worst_ms: number;
  readonly worst: string;
}

const SAMPLE = new URL("../test/detect/sample.jsonl.gz", import.meta.url);
const CASE = z.object({
  kind: z.enum(["tool-args", "tool-result", "tool-definition", "text"]),
  text: z.string(),
  want: z.boolean(),
});
const ROLES: Readonly<Record<z.infer<typeof CASE>["kind"], Role>> = {
  "tool-args": "argument",
  "tool-result": "result",
  "tool-definition": "definition",
  text: "text",
};

/** Shorter texts cost what a call costs, and not what their characters do. */
const LEAST = 256;
const ROUNDS = 20;
const HOSTILE_ROUNDS = 5;
const HOSTILE_CHARS = 65_536;

/** What was slow once, or is the slowest now: for each guard and each way to read a text. */
const HOSTILE: readonly string[] = [
  "a",
  "password=",
  'password: "',
  "eyJAAAA.eyJBBB",
  "-----BEGIN PRIVATE KEY",
  "a1B2c3D4e5F6 token ",
  "a@b.c",
  "1234567890=",
  "555-123-4567, ",
  "+1 555 123 4567, ",
  "4111 1111 1111 1111, ",
  "127.0.0.1 ",
  "999.999.999.999 ",
  "http://[1:1:1] ",
  "http://[1:2:3:4:5:6:7:8] ",
  "uoy http://",
  "![a](http://",
  "<img src=http://a/?d=",
  "previous curl ",
  "; cat ",
  "' or ",
  "select a from ",
  "case when ",
  "/%252e%252e\\",
  "/..%c1%9c",
  "%25case when a@b.c",
  "\\x41а",
  "&#65;-<\ud800",
  "-nоre",
  "é ",
  "i g n o r e ",
  "1gn0r3 ",
  "gur lbh ",
  "aGVsbG8gd29ybGQgYW5k",
  `x ${"y".repeat(30)}\n`,
  "ignore previous instructions ",
];

interface Text {
  readonly text: string;
  readonly field: Field;
}

function ordinary(): readonly Text[] {
  return gunzipSync(readFileSync(SAMPLE))
    .toString("utf8")
    .split("\n")
    .map((line) => CASE.parse(JSON.parse(line)))
    .filter(({ want, text }) => !want && text.length >= LEAST)
    .map(({ text, kind }) => ({ text, field: { role: ROLES[kind] } }));
}

/** CPU of this thread so far, ms. It is counted in steps, so what is short is timed by the clock. */
function cpuMs(): number {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1000;
}

/** The shortest time of each of some pieces of work over rounds, ms: what else the machine does makes none shorter. */
function shortest(
  count: number,
  rounds: number,
  work: (at: number) => void,
  now: () => number = () => performance.now(),
): readonly number[] {
  const best = Array.from({ length: count }, () => Number.POSITIVE_INFINITY);
  for (let turn = 0; turn < rounds; turn += 1)
    for (let at = 0; at < count; at += 1) {
      const began = now();
      work(at);
      best[at] = Math.min(best[at] ?? Number.POSITIVE_INFINITY, now() - began);
    }
  return best;
}

function look(one: Text | undefined): void {
  if (one !== undefined) lookThrough([one], PROFILES.standard.guards, () => performance.now());
}

export function guardCost(): GuardCost {
  const texts = ordinary();
  const perKb = (times: readonly number[]): number =>
    median(times.map((ms, at) => (ms * 1024 * 1000) / (texts[at]?.text.length ?? Number.NaN)));
  let units = 0;
  const read = shortest(texts.length, ROUNDS, (at) => {
    const text = texts[at]?.text ?? "";
    for (let unit = 0; unit < text.length; unit += 1) units ^= text.charCodeAt(unit);
  });
  const hostile = HOSTILE.flatMap((words) => {
    const text = words.repeat(Math.ceil(HOSTILE_CHARS / words.length)).slice(0, HOSTILE_CHARS);
    return (["argument", "result", "definition"] as const).map((role): Text & { readonly words: string } => ({
      text,
      field: { role },
      words,
    }));
  });
  const slow = shortest(hostile.length, HOSTILE_ROUNDS, (at) => look(hostile[at]), cpuMs);
  const worst_ms = Math.max(...slow);
  return {
    us_per_kb: perKb(shortest(texts.length, ROUNDS, (at) => look(texts[at]))),
    read_us_per_kb: units === -1 ? Number.NaN : perKb(read),
    worst_ms,
    worst: JSON.stringify(hostile[slow.indexOf(worst_ms)]?.words ?? ""),
  };
}

if (import.meta.main) console.log(guardCost());
