import fc from "fast-check";
import { expect, test } from "vitest";
import { opening } from "../audit/opening.ts";
import type { Call, Target } from "../call/call.ts";
import { callId } from "../call/id.ts";
import type { JsonObject } from "../call/json.ts";
import { parsePolicy } from "../policy/parse.ts";
import { runTests } from "../policy/test-run.ts";
import type { CallRecord } from "../store/store.ts";
import { underPolicy } from "./outcome.ts";
import { pathsBelow } from "./paths.ts";
import { recordedCalls } from "./recorded.ts";
import { suggestion } from "./suggest.ts";
import { usage, wasUsed } from "./usage.ts";

const AT = Date.UTC(2026, 10, 20, 10);
const OPTIONS = { root: "/home/ana/project", resourceArgs: () => ["path", "uri", "name"] };

interface Made {
  readonly target: Target;
  readonly args?: JsonObject;
  readonly roles?: readonly string[];
  readonly server?: string;
  readonly method?: string;
}
const tool = (name: string, args: JsonObject = {}, roles: readonly string[] = []): Made => ({
  target: { kind: "tool", name },
  args,
  roles,
});
const METHODS = {
  tool: "tools/call",
  prompt: "prompts/get",
  resource: "resources/read",
  task: "tasks/get",
  none: "x/y",
};

function recordOf({ target, args = {}, roles = [], server = "files", method }: Made): CallRecord {
  const call: Call = {
    id: callId(AT),
    at: AT,
    principal: { id: "ana", tenant: "default", roles, scopes: [], source: "local-account" },
    client: undefined,
    era: "modern",
    server,
    method: method ?? METHODS[target.kind],
    target,
    args,
    meta: {},
    inexact: [],
  };
  const verdict = { kind: "allow", rule: { source: "p", rule: "r" } } as const;
  const facts = { size_bytes: 10, policy_version: "p", resource_args: OPTIONS.resourceArgs() };
  const opened = opening({ call, verdict, edits: [], findings: [], trail: [] }, facts, {
    detail: "full",
    mode: "enforce",
  });
  return {
    tenant: "default",
    position: 1,
    opened: JSON.parse(JSON.stringify(opened)) as CallRecord["opened"],
    closed: undefined,
    status: "ok",
  };
}

/** What is suggested for calls, proved as the command proves it; and how many of them it allows. */
function suggested(calls: readonly Made[]) {
  const records = calls.map(recordOf);
  const found = usage(OPTIONS.root);
  for (const record of records) expect(found.add(record)).toBe(true);
  const { text, omitted } = suggestion(found.list(), ["head"]);
  const sources = [{ file: "s.yaml", text }];
  const set = parsePolicy(sources, OPTIONS);
  const run = runTests(sources, OPTIONS, AT);
  expect(run.results.filter(({ passed }) => !passed)).toEqual([]);
  const outcome = underPolicy(set);
  const read = recordedCalls();
  const allows = (call: Made): boolean => outcome(read(recordOf(call))).kind === "allow";
  return { text, omitted, set, allows, allowed: calls.filter(allows).length, untested: run.untested };
}

test("tools by name, three that read under one glob, and paths by the directory that they were in", () => {
  const { set, allowed, allows, untested } = suggested([
    tool("get_issue"),
    tool("get_pull"),
    tool("get_user"),
    tool("create_issue"),
    tool("write_file", { path: "/srv/data/a.md", content: "x".repeat(2_000) }),
    tool("write_file", { path: "/srv/data/sub/b.md" }),
    tool("move", { source: "notes/a.txt", destination: "./old/a.txt" }),
  ]);
  expect(set.rules.map(({ name, match, when }) => [name, match.tool, when?.text])).toEqual([
    ["files-tools", ["create_issue", "get_*"], undefined],
    ["files-write_file", ["write_file"], 'path.within(args.path, "/srv/data")'],
    [
      "files-move",
      ["move"],
      'path.within(args.source, "/home/ana/project/notes") && path.within(args.destination, "/home/ana/project/old")',
    ],
  ]);
  expect(allowed).toBe(7);
  expect(untested).toEqual([]);
  expect(allows(tool("write_file", { path: "/srv/other/a.md" }))).toBe(false);
  expect(allows(tool("delete_issue"))).toBe(false);
});

test("a glob never reaches a tool that has bounds of its own", () => {
  const { set, allows } = suggested([
    tool("read_a"),
    tool("read_b"),
    tool("read_c"),
    tool("read_file", { path: "/srv/data/a.md" }),
  ]);
  expect(set.rules[0]?.match.tool).toEqual(["read_a", "read_b", "read_c"]);
  expect(allows(tool("read_file", { path: "/etc/passwd" }))).toBe(false);
});

test("nothing of the arguments is shown but what a rule looks at, and nothing that was not kept", () => {
  const { text, allowed } = suggested([
    tool("send", { path: "/srv/out/a.txt", to: "ana@example.org", token: "hush" }),
    tool("keep", { path: `/srv/${"x".repeat(2_000)}` }),
  ]);
  expect(text).not.toMatch(/example\.org|hush|\[secret\]|sha256/);
  expect(allowed).toBe(2);
});

test("the rarest role that all callers of a tool had", () => {
  const { set, allows } = suggested([
    tool("a", {}, ["staff", "ops"]),
    tool("a", {}, ["ops", "staff"]),
    tool("b", {}, ["staff"]),
    tool("c", {}, ["*"]),
  ]);
  expect(set.rules.map(({ match }) => [match.tool, match.role])).toEqual([
    [["a"], ["ops"]],
    [["b"], ["staff"]],
    [["c"], undefined],
  ]);
  expect(allows(tool("a", {}, ["staff"]))).toBe(false);
});

test("prompts, resources and methods; what a rule could only allow with everything else is left out, and said", () => {
  const resource = (uri: string): Made => ({ target: { kind: "resource", uri } });
  const { set, omitted, allows } = suggested([
    { target: { kind: "prompt", name: "p" } },
    { target: { kind: "prompt", name: "p|q" } },
    ...Array.from({ length: 8 }, (_, at) => resource(`demo://host/docs/${at}`)),
    resource("file:///srv/a.txt"),
    resource("demo://host/docs/../secret"),
    { target: { kind: "none" }, method: "tasks/list" },
    { target: { kind: "none" }, method: "tools/call" },
    { target: { kind: "tool", name: "lost" }, server: "" },
  ]);
  expect(set.rules.map(({ match }) => match)).toEqual([
    { server: ["files"], prompt: ["p"] },
    { server: ["files"], method: ["resources/read"], resource: ["demo://host/docs/*", "file:///srv/a.txt"] },
    { server: ["files"], method: ["tasks/list"] },
  ]);
  expect(omitted).toHaveLength(3);
  expect(allows(resource("demo://host/docs/../secret"))).toBe(false);
  expect(allows(tool("anything"))).toBe(false);
});

test("whatever was used, what is suggested can be read, passes its own tests and allows what it says", () => {
  const text = fc.oneof(
    fc.constantFrom(
      "/srv/a/x.md",
      "/srv/b",
      "src/x.ts",
      "/",
      "~/x",
      "https://x",
      "",
      "a b",
      "/x/../y",
      " /z",
      "c:\\x",
    ),
    fc.string({ maxLength: 12 }),
  );
  const name = fc.oneof(
    fc.constantFrom("read_a", "read_b", "read_c", "readAll", "get.x", "a*b", "|", " x "),
    fc.string({ minLength: 1, maxLength: 12 }),
  );
  const made = fc.record<Made>({
    target: fc.oneof(
      name.map((each): Target => ({ kind: "tool", name: each })),
      name.map((each): Target => ({ kind: "prompt", name: each })),
      fc.oneof(text, fc.webUrl()).map((uri): Target => ({ kind: "resource", uri })),
      fc.constant<Target>({ kind: "none" }),
    ),
    args: fc.dictionary(
      fc.constantFrom("path", "file", "in", "my-path", "uri", "n"),
      fc.oneof(text, fc.integer(), fc.array(text)),
    ),
    roles: fc.subarray(["a", "b", "*"]),
    server: fc.constantFrom("files", "git hub", "?"),
  });
  fc.assert(
    fc.property(fc.array(made, { minLength: 1, maxLength: 12 }), (calls) => {
      const { allowed, omitted } = suggested(calls);
      const tools = omitted.length === 0 && calls.every(({ target }) => target.kind === "tool");
      expect(allowed).toBe(tools ? calls.length : allowed);
    }),
    { numRuns: 250 },
  );
});

test("an argument that held something other than a path before it held one is not bounded", () => {
  const calls = [tool("read_b", { uri: [] }), tool("read_b", { uri: "/srv/a/x.md" })];
  expect(suggested(calls).text).not.toContain("when:");
});

test("directories: few, never the root, and every path is in one of them", () => {
  const step = fc.constantFrom("a", "b", "c", "d", "e");
  const path = fc.array(step, { minLength: 1, maxLength: 5 }).map((steps) => `/${steps.join("/")}`);
  fc.assert(
    fc.property(fc.array(path, { minLength: 1, maxLength: 300 }), (paths) => {
      const found = pathsBelow("/");
      for (const each of paths) found.add(each);
      const directories = found.directories();
      if (directories === undefined) return;
      expect(directories.length).toBeLessThanOrEqual(4);
      expect(directories).not.toContain("/");
      for (const each of paths)
        expect(directories.some((directory) => each === directory || each.startsWith(`${directory}/`))).toBe(
          true,
        );
    }),
  );
});

test("what was refused was not used; what only would have been was", () => {
  const record = recordOf(tool("x"));
  expect(wasUsed(record)).toBe(true);
  expect(wasUsed({ ...record, status: "denied" })).toBe(false);
  const watched = { ...record.opened, verdict: "deny" as const, detail: { mode: "observe" } };
  expect(wasUsed({ ...record, opened: watched })).toBe(true);
  expect(wasUsed({ ...record, opened: { ...watched, detail: { mode: "enforce" } } })).toBe(false);
});
