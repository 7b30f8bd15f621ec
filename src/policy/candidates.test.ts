import { expect, test } from "vitest";
import { ready } from "./ask.ts";
import { indexByTarget } from "./candidates.ts";
import { parsePolicy } from "./parse.ts";

const RULES = `rules:
  - { name: reads, match: { server: files, tool: "read_*" }, allow: true }
  - { name: no-secrets, match: { tool: "*_secret" }, deny: true, why: Secrets stay. }
  - { name: others, match: { server: other }, allow: true }
  - { name: prompts, match: { prompt: "*" }, allow: true }
  - { name: by-method, match: { method: "tasks/*" }, allow: true }
`;

function counted(): { find: ReturnType<typeof indexByTarget>; asked: () => number } {
  let asked = 0;
  const rules = parsePolicy([{ file: "p.yaml", text: RULES }]).rules.map((rule, order) => {
    const made = ready(rule, order);
    const { tool } = made;
    return tool === undefined ? made : { ...made, tool: (name: string) => (asked++, tool(name)) };
  });
  return { find: indexByTarget(rules), asked: () => asked };
}
const names = (found: ReturnType<ReturnType<typeof indexByTarget>>): readonly string[] =>
  [...found.denies, ...found.allows].map(({ rule }) => rule.name);

test("only rules that can speak of a target are found", () => {
  const { find } = counted();
  expect(names(find("files", { kind: "tool", name: "read_secret" }))).toEqual([
    "no-secrets",
    "reads",
    "by-method",
  ]);
  expect(names(find("other", { kind: "tool", name: "x" }))).toEqual(["others", "by-method"]);
  expect(names(find("files", { kind: "prompt", name: "x" }))).toEqual(["prompts", "by-method"]);
  expect(names(find("files", { kind: "resource", uri: "x" }))).toEqual(["by-method"]);
});

test("a target is looked up once, and names that clients make up are forgotten again", () => {
  const { find, asked } = counted();
  const costs = (name: string): boolean => {
    const before = asked();
    find("files", { kind: "tool", name });
    return asked() > before;
  };
  expect([costs("read_a"), costs("read_a")]).toEqual([true, false]);
  const long = "read_".repeat(100);
  expect([costs(long), costs(long)]).toEqual([true, true]);
  for (let i = 0; i < 5000; i++) costs(`made-up-${i}`);
  expect([costs("made-up-4999"), costs("read_a")]).toEqual([false, true]);
});
