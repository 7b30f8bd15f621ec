import { expect, test } from "vitest";
import type { Call } from "../call/call.ts";
import { firstCallId } from "../call/id.ts";
import { compile } from "./compile.ts";
import { sentences } from "./explain.ts";

const TEXT = `rules:
  - name: read-files
    match: { server: files, tool: "read_*" }
    allow: true
  - name: write-files
    match: { server: files, tool: write_file, role: developer }
    allow: true
  - name: outside-workspace
    match: { tool: write_file }
    when: '!path.within(args.path, "/srv/data")'
    deny: true
    why: Files outside the workspace are off limits.
  - name: small-files
    match: { tool: write_file }
    when: size(args.content) > 100
    deny: true
    why: Files are small here.
  - name: look-first
    match: { tool: write_file, role: intern }
    when: args.content != ""
    ask: { approvers: [ben, "role:lead"], quorum: 2 }
    why: Somebody reads it first.
  - name: never-alone
    match: { role: intern }
    ask: { approvers: 1, within: 2d }
    why: Interns are not alone.
`;

function explain(
  args: Call["args"],
  roles: readonly string[],
  inexact: readonly string[] = [],
): readonly string[] {
  const policy = compile([{ file: "policy/main.yaml", text: TEXT }], { resourceArgs: () => ["path"] });
  const call: Call = {
    id: firstCallId(0),
    at: 0,
    principal: { id: "ana", tenant: "default", roles, scopes: [], source: "anonymous" },
    client: undefined,
    era: "modern",
    server: "files",
    method: "tools/call",
    target: { kind: "tool", name: "write_file" },
    args,
    meta: {},
    inexact,
  };
  return sentences(policy.explain(call));
}

test("an explanation names the rules that spoke, then those that did not and why", () => {
  expect(explain({ path: "/etc/passwd", content: "" }, [])).toMatchInlineSnapshot(`
    [
      "Denied by outside-workspace: Files outside the workspace are off limits.",
      "outside-workspace (policy/main.yaml:8) denies it: path.within(args.path, "/srv/data") is false (args.path = "/etc/passwd").",
      "small-files (policy/main.yaml:13) would deny it, but this is false: size(args.content) > 100 (size(args.content) = 0)",
      "read-files (policy/main.yaml:2) does not speak of it: tool differs.",
      "write-files (policy/main.yaml:5) does not speak of it: role differs.",
      "look-first (policy/main.yaml:18) does not speak of it: role differs.",
      "never-alone (policy/main.yaml:23) does not speak of it: role differs.",
    ]
  `);
  expect(explain({ path: "/srv/data/a", content: "" }, ["developer"])).toMatchInlineSnapshot(`
    [
      "Allowed by write-files.",
      "write-files (policy/main.yaml:5) allows it.",
      "outside-workspace (policy/main.yaml:8) would deny it, but this is false: !path.within(args.path, "/srv/data"), because path.within(args.path, "/srv/data") is true (args.path = "/srv/data/a")",
      "small-files (policy/main.yaml:13) would deny it, but this is false: size(args.content) > 100 (size(args.content) = 0)",
      "read-files (policy/main.yaml:2) does not speak of it: tool differs.",
      "look-first (policy/main.yaml:18) does not speak of it: role differs.",
      "never-alone (policy/main.yaml:23) does not speak of it: role differs.",
    ]
  `);
  expect(explain({ path: "/srv/data/a" }, ["developer"])).toMatchInlineSnapshot(`
    [
      "Denied by condition-failed: Rule \`small-files\` judges a value that this call does not have, and what cannot be judged does not pass.",
      "write-files (policy/main.yaml:5) allows it.",
      "outside-workspace (policy/main.yaml:8) would deny it, but this is false: !path.within(args.path, "/srv/data"), because path.within(args.path, "/srv/data") is true (args.path = "/srv/data/a")",
      "small-files (policy/main.yaml:13) could not be asked, and that denies it: No such key: content, in: size(args.content) > 100",
      "read-files (policy/main.yaml:2) does not speak of it: tool differs.",
      "look-first (policy/main.yaml:18) does not speak of it: role differs.",
      "never-alone (policy/main.yaml:23) does not speak of it: role differs.",
    ]
  `);
  expect(explain({ path: 1, content: "" }, ["developer"], ["path"])).toMatchInlineSnapshot(`
    [
      "Denied by inexact-number: Rule \`outside-workspace\` judges the number at \`path\`, which has more digits than can be compared exactly.",
      "write-files (policy/main.yaml:5) allows it.",
      "outside-workspace (policy/main.yaml:8) could not be asked, and that denies it: the number at path cannot be compared exactly, in: !path.within(args.path, "/srv/data")",
      "small-files (policy/main.yaml:13) would deny it, but this is false: size(args.content) > 100 (size(args.content) = 0)",
      "read-files (policy/main.yaml:2) does not speak of it: tool differs.",
      "look-first (policy/main.yaml:18) does not speak of it: role differs.",
      "never-alone (policy/main.yaml:23) does not speak of it: role differs.",
    ]
  `);
});

test("of a call that is held it says what is asked of whom, by each rule that asks", () => {
  expect(explain({ path: "/srv/data/a", content: "x" }, ["intern"]).slice(0, 5)).toMatchInlineSnapshot(`
    [
      "Held by look-first: Somebody reads it first.",
      "look-first wants the approval of 2 of ben, role:lead within 1h.",
      "never-alone wants the approval of 1 of role:approver within 2d.",
      "outside-workspace (policy/main.yaml:8) would deny it, but this is false: !path.within(args.path, "/srv/data"), because path.within(args.path, "/srv/data") is true (args.path = "/srv/data/a")",
      "small-files (policy/main.yaml:13) would deny it, but this is false: size(args.content) > 100 (size(args.content) = 1)",
    ]
  `);
  expect(explain({ path: "/srv/data/a", content: "" }, ["intern"]).slice(0, 5)).toMatchInlineSnapshot(`
    [
      "Held by never-alone: Interns are not alone.",
      "never-alone wants the approval of 1 of role:approver within 2d.",
      "outside-workspace (policy/main.yaml:8) would deny it, but this is false: !path.within(args.path, "/srv/data"), because path.within(args.path, "/srv/data") is true (args.path = "/srv/data/a")",
      "small-files (policy/main.yaml:13) would deny it, but this is false: size(args.content) > 100 (size(args.content) = 0)",
      "look-first (policy/main.yaml:18) would ask people about it, but this is false: args.content != "" (args.content = "")",
    ]
  `);
});
