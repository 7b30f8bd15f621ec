import { expect, test } from "vitest";
import type { Principal } from "../call/principal.ts";
import { compile } from "../policy/compile.ts";
import type { Sought } from "../store/approvals.ts";
import { offerFor } from "./offer.ts";

const POLICY = compile(
  [
    {
      file: "p.yaml",
      text: `rules:
  - { name: shells, match: { server: prod, tool: "shell.*" }, access: { approvers: [ana] }, why: Shells. }
  - { name: reads, match: { server: db, tool: read, role: analyst }, when: "args.table != 'pay'", access: { approvers: [ana] }, why: Reads. }
  - { name: files, match: { resource: "file:///srv/*" }, access: { approvers: [ana] }, why: Files. }
`,
    },
  ],
  { resourceArgs: () => ["path"] },
);
const bo: Principal = { id: "bo", tenant: "default", roles: [], scopes: [], source: "host" };
const analyst: Principal = { ...bo, roles: ["analyst"] };

test.each<[string, Principal, Partial<Sought>, string | undefined, string]>([
  ["a server of one rule", bo, { servers: ["prod"], tools: ["shell.run"] }, undefined, "shells"],
  [
    "a pattern of tools",
    bo,
    { servers: ["prod"], tools: ["shell.*"] },
    undefined,
    "several rules offer that; those that offer something: shells, files",
  ],
  ["a rule by its name", bo, { servers: ["prod"] }, "shells", "shells"],
  [
    "a rule that does not speak of it",
    bo,
    { servers: ["mail"] },
    "shells",
    "no rule offers just that; those that offer something: shells, files",
  ],
  [
    "what needs a role",
    bo,
    { servers: ["db"], tools: ["read"] },
    "reads",
    "no rule offers just that; those that offer something: shells, files",
  ],
  ["what needs a role, by who has it", analyst, { servers: ["db"], tools: ["read"] }, "reads", "reads"],
  [
    "a tool that no rule names",
    bo,
    { servers: ["prod"], tools: ["wipe"] },
    "shells",
    "no rule offers just that; those that offer something: shells, files",
  ],
  ["anything", bo, {}, undefined, "several rules offer that; those that offer something: shells, files"],
])("%s", (_, principal, more, named, expected) => {
  const wanted: Sought = { kind: "access", for_ms: 3_600_000, reason: "x", ...more };
  const offered = offerFor(POLICY, principal, wanted, named, 0);
  expect(offered.kind === "offer" ? offered.access.rule : offered.why).toBe(expected);
});
