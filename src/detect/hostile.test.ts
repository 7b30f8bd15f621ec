import { describe, expect, test } from "vitest";
import { DETECTORS } from "./detectors.ts";
import { views } from "./views/views.ts";

/**
 * What makes a pattern begin, over and over. A guard that reads each place once is done with all of it at once; one that reads the rest
 * of the text at each place would not be done in minutes.
 */
const PIECES: Readonly<Record<string, readonly string[]>> = {
  secrets: [
    "password=",
    "secret='",
    "key ",
    "://a:",
    "eyJa.eyJa.",
    "-u ",
    "-----BEGIN PRIVATE KEY",
    "sk-",
    "|",
    "AKIA",
    "authorization: a ",
  ],
  pii: ["DE89 ", "a@b.", "1:", "+1 ", "12-", "4111 ", "(0", "A1"],
  command: ["$(", "a'b'", ";", "w\\h", "{{", "`", "|a ", "--exec ", "/?"],
  sql: ["'", "' or ", "/**/", "1 or ", "union ", "select a,", "(((", "--\n", ";", "’"],
  path: ["../", ".", "..%2f", "\\", "/etc", "0x2e", "??/"],
  url: ["http://", "1.", "//", "a:", "[::", "@"],
  exfiltration: ["![](", "[a](http://", "<img ", "https://a/?d="],
  shape: ["\u0000", "\ud800", "\u202e"],
  patterns: ["rm -", "eval", "drop ", "git push "],
};
const UNITS = 131_072;

describe("128 thousand units of what makes it begin", () => {
  test.each(DETECTORS.filter(({ name }) => name !== "prompt-injection"))("$name", (guard) => {
    for (const piece of PIECES[guard.name] ?? []) {
      const text = piece.repeat(Math.ceil(UNITS / piece.length)).slice(0, UNITS);
      const found = guard.find(views(text), { role: "argument", name: "value" });
      for (const { span } of found) expect(span.until).toBeLessThanOrEqual(UNITS);
    }
    expect(PIECES[guard.name]).toBeDefined();
  });
});
