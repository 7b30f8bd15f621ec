import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { slackBlocks } from "../../test/receivers/slack.ts";
import type { KnownBlock } from "@slack/types";
import { noticeId } from "../call/id.ts";
import type { JsonObject } from "../call/json.ts";
import type { Letter } from "../store/outbox.ts";
import { type Block, blocksOf } from "./slack.ts";
import { cardOf } from "./teams.ts";
import { FIELDS } from "./topic.ts";
import { eventOf } from "./webhook.ts";
import { MOST, plainText, wordsOf } from "./words.ts";

const AT = Date.parse("2026-11-21T15:00:00Z");

function letter(topic: string, about: string, data: JsonObject): Letter {
  return { id: noticeId(AT), tenant: "default", at: AT, topic, about, to: "log:", data };
}

const asked = letter("approval.asked", "apr_1", {
  principal: "ana",
  server: "cloudflare",
  tool: "workers.deploy",
  rule: "production-deploy",
  why: "Production deploys need two people.",
  approvers: ["ops@example.com", "cto@example.com"],
  quorum: 2,
  until: Date.parse("2026-11-21T16:00:00Z"),
});

describe("what is said", () => {
  test("with an address there is a link, and nothing that approves", () => {
    expect(plainText(wordsOf(asked, "https://gate.example.com/a/apr_1?k=x"))).toBe(
      [
        "Approval needed: cloudflare/workers.deploy",
        "Who: ana",
        "Server: cloudflare",
        "Call: workers.deploy",
        "Rule: production-deploy",
        "Why: Production deploys need two people.",
        "Approvers: ops@example.com, cto@example.com",
        "Approvals needed: 2",
        "Until: 2026-11-21 16:00 UTC",
        "",
        "https://gate.example.com/a/apr_1?k=x",
      ].join("\n"),
    );
  });

  test("without one there is the command", () => {
    expect(plainText(wordsOf(asked, undefined))).toContain(
      "\nportcullis approve apr_1, or portcullis deny apr_1",
    );
  });

  test.each<[string, string, JsonObject, RegExp]>([
    [
      "violation",
      "call_1",
      { server: "files", tool: "write_file", why: "No." },
      /^Call denied: files\/write_file\n/,
    ],
    ["violation", "call_1", {}, /portcullis why call_1$/],
    ["limit.alert", "call_1", { used: "80 of 100" }, /^Limit nearly used up\nUsed: 80 of 100\n/],
    ["upstream.down", "files", { server: "files", problem: "ended" }, /^Server down: files\n/],
    ["policy.rolled-back", "7", { from: "sha256:b", to: "sha256:a" }, /^Policy taken back\n/],
    ["breach.found", "x", { message: "m" }, /^breach\.found\nMessage: m$/],
    ["constructor", "x", {}, /^constructor$/],
  ])("%s", (topic, about, data, said) => {
    expect(plainText(wordsOf(letter(topic, about, data), undefined))).toMatch(said);
  });

  test("of what stands in a letter only what has a name here is shown", () => {
    const data = { args: { password: "hunter2" }, env: "hunter2", why: "No." };
    const one = letter("violation", "call_1", data);
    const words = wordsOf(one, undefined);
    const everything = [plainText(words), blocksOf(words), cardOf(words), eventOf(one, words)];
    expect(JSON.stringify(everything)).not.toContain("hunter2");
  });
});

/** Text that means something to one medium or another. */
const hostile = fc.oneof(
  fc.string({ unit: "binary", maxLength: 400 }),
  fc.stringMatching(/^[<>&*_~`|[\]()!@#{}:/\\\r\n$a-z.]{0,400}$/),
  fc.constantFrom(
    "<!channel>",
    "<https://evil.example|click>",
    "[click](https://evil.example)",
    "a\r\nBcc: eve@evil.example\r\n\r\nbody",
    "{{DATE(2026-01-01T00:00:00Z)}}",
    "<script>alert(1)</script>",
    "\u202Egnp.exe\u2066",
    "x".repeat(5000),
  ),
);
const hostileData = fc.record(
  Object.fromEntries(
    FIELDS.map(([key]) => [key, fc.oneof(hostile, fc.array(hostile, { maxLength: 5 }), fc.double())]),
  ),
  { requiredKeys: [] },
);
const hostileLetter = fc
  .record({
    topic: fc.oneof(hostile, fc.constantFrom("approval.asked", "violation")),
    about: hostile,
    data: hostileData,
    url: fc.constantFrom(
      undefined,
      "https://gate.example.com/a/apr_1?k=x",
      "https://gate.example.com/a|b?x=1&y=<z>",
      `https://${"x".repeat(500)}`,
    ),
  })
  .map(({ topic, about, data, url }) => ({ words: wordsOf(letter(topic, about, data), url), url }));

type Mutable<T> = T extends object ? { -readonly [Key in keyof T]: Mutable<T[Key]> } : T;

describe("whatever stands in a letter", () => {
  test("what is said is bounded, in lines of its own, and holds no address but the gate's", () => {
    fc.assert(
      fc.property(hostileLetter, ({ words, url }) => {
        const text = plainText(words);
        expect(text.length).toBeLessThanOrEqual(MOST);
        expect(text).not.toMatch(/(?!\n)[\p{Cc}\p{Cf}]/u);
        expect(text.isWellFormed()).toBe(true);
        expect(words.title).not.toContain("\n");
        const own = words.link === undefined ? text : text.replace(words.link, "");
        expect(own).not.toContain("://");
        expect([undefined, url]).toContain(words.link);
        expect(text.split("\n").length).toBeLessThanOrEqual(words.rows.length + 3);
      }),
    );
  });

  test("Slack gets blocks as it wants them, and no markup but the gate's link", () => {
    fc.assert(
      fc.property(hostileLetter, ({ words }) => {
        const blocks = blocksOf(words);
        expect(slackBlocks.safeParse(blocks).error).toBeUndefined();
        const typed: KnownBlock[] = blocks as Mutable<Block>[];
        const marked = JSON.stringify(typed).match(/"type":"mrkdwn","text":"([^"]*)"/g) ?? [];
        expect(marked.length).toBe(words.link === undefined ? 0 : 1);
        for (const one of marked) expect(one).toMatch(/"text":"<https:(?:[^<>|&]|&(?:amp|lt|gt);)*\|Open>"$/);
      }),
    );
  });

  test("Teams gets a card whose text is read for no markup", () => {
    fc.assert(
      fc.property(hostileLetter, ({ words }) => {
        const card = cardOf(words);
        for (const block of card.body) {
          expect(block.type).toBe("RichTextBlock");
          for (const run of block.inlines) expect(run.type).toBe("TextRun");
        }
        expect(card.actions?.[0].url).toBe(words.link);
        expect(JSON.stringify(card).length).toBeLessThan(28_000);
      }),
    );
  });
});
