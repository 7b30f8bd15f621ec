import type { CallId } from "../../src/call/id.ts";
import type { Closed, Opened } from "../../src/store/store.ts";

/** Events as a gate writes them, for tests that only count them. */
export function opened(call: CallId, more: Partial<Opened> = {}): Opened {
  return {
    kind: "opened",
    call,
    at: Date.now(),
    principal: "ana",
    client: "test/1",
    era: "modern",
    server: "files",
    method: "tools/call",
    target: "read_file",
    target_kind: "tool",
    args_digest: `sha256:${"0".repeat(64)}`,
    verdict: "allow",
    rule: "read-files",
    rule_source: `sha256:${"1".repeat(64)}`,
    policy_version: `sha256:${"1".repeat(64)}`,
    size_bytes: 300,
    detail: { mode: "enforce" },
    ...more,
  };
}

export function closed(call: CallId, more: Partial<Closed> = {}): Closed {
  return {
    kind: "closed",
    call,
    at: Date.now(),
    status: "ok",
    duration_us: 1200,
    answer_digest: `sha256:${"2".repeat(64)}`,
    size_bytes: 500,
    detail: {},
    ...more,
  };
}
