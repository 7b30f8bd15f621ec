import { expect, test } from "vitest";
import type { Call, Target } from "../call/call.ts";
import { callId } from "../call/id.ts";
import { type Annotations, type Intent, intentOf } from "./intent.ts";

function call(method: string, target: Target): Call {
  const principal = { id: "ana", tenant: "t", roles: [], scopes: [], source: "anonymous" } as const;
  const rest = { client: undefined, era: "modern", server: "s", args: {}, meta: {}, inexact: [] } as const;
  return { id: callId(0), at: 0, principal, method, target, ...rest };
}

test.each<[string, Annotations, Intent]>([
  ["read_file", {}, "read"],
  ["getUserById", {}, "read"],
  ["list_deleted_files", {}, "read"],
  ["file.delete", {}, "delete"],
  ["DropTable", {}, "delete"],
  ["workers.deploy", {}, "write"],
  ["run-command", {}, "execute"],
  ["bash", {}, "execute"],
  ["frobnicate", {}, "unknown"],
  ["frobnicate", { readOnlyHint: true }, "read"],
  ["frobnicate", { destructiveHint: true }, "delete"],
  ["frobnicate", { readOnlyHint: false, destructiveHint: false }, "write"],
  ["delete_file", { readOnlyHint: true }, "delete"],
  ["constructor", {}, "unknown"],
])("tool %s with hints %o is meant to %s", (name, hints, intent) => {
  expect(intentOf(call("tools/call", { kind: "tool", name }), hints)).toBe(intent);
});

test.each<[string, Target, Intent]>([
  ["resources/read", { kind: "resource", uri: "file:///delete" }, "read"],
  ["prompts/get", { kind: "prompt", name: "drop" }, "read"],
  ["tasks/cancel", { kind: "task", id: "1" }, "delete"],
  ["acme/unheard-of", { kind: "none" }, "unknown"],
])("%s is meant to %s", (method, target, intent) => {
  expect(intentOf(call(method, target))).toBe(intent);
});
