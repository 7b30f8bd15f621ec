import { expect, test } from "vitest";
import type { JsonObject } from "../../call/json.ts";
import { type Rung, rungOf, TASKS_EXTENSION, type Wish } from "./rung.ts";

const TASKS: JsonObject = { extensions: { [TASKS_EXTENSION]: {} } };
const ALL: JsonObject = { ...TASKS, elicitation: { url: {}, form: {} } };
const wish = (era: Wish["era"], capabilities: JsonObject, more: Partial<Wish> = {}): Wish => ({
  era,
  method: "tools/call",
  capabilities,
  progress_token: undefined,
  page: true,
  ...more,
});

const TABLE: readonly (readonly [string, Wish, Rung])[] = [
  ["tasks come before everything", wish("modern", ALL, { progress_token: 1 }), "task"],
  ["only a tool can become a task", wish("modern", ALL, { method: "prompts/get" }), "page"],
  ["a page where there is one", wish("modern", { elicitation: { url: {}, form: {} } }), "page"],
  ["else a form", wish("modern", { elicitation: { url: {}, form: {} } }, { page: false }), "form"],
  [
    "no page for who has only pages",
    wish("modern", { elicitation: { url: {} } }, { page: false }),
    "at-once",
  ],
  ["an empty elicitation means forms", wish("modern", { elicitation: {} }), "form"],
  ["progress is of the legacy era", wish("modern", {}, { progress_token: 1 }), "at-once"],
  [
    "an extension that is no object is none",
    wish("modern", { extensions: { [TASKS_EXTENSION]: true } }),
    "at-once",
  ],
  [
    "what cannot be answered by a question",
    wish("modern", { elicitation: {} }, { method: "completion/complete" }),
    "at-once",
  ],
  ["a legacy client has no tasks of the gate's", wish("legacy", TASKS), "at-once"],
  ["but pages", wish("legacy", { elicitation: { url: {}, form: {} } }), "page"],
  ["where there are any", wish("legacy", { elicitation: { url: {}, form: {} } }, { page: false }), "form"],
  [
    "but forms, whatever it asks",
    wish("legacy", { elicitation: {} }, { method: "x/y", progress_token: 1 }),
    "form",
  ],
  ["progress by a number", wish("legacy", {}, { progress_token: 0 }), "progress"],
  ["progress by a word", wish("legacy", {}, { progress_token: "t" }), "progress"],
  ["a token that is none", wish("legacy", {}, { progress_token: null }), "at-once"],
  ["nothing at all", wish("legacy", {}), "at-once"],
];

test.each(TABLE)("%s", (_, of, rung) => {
  expect(rungOf(of)).toBe(rung);
});
