import { generateKeyPairSync, type KeyObject } from "node:crypto";
import { setImmediate as turn } from "node:timers/promises";
import { sequence } from "../../src/audit/log/sequence.ts";
import { signGrown } from "../../src/audit/log/sign.ts";
import { actId, approvalId, type CallId, callId } from "../../src/call/id.ts";
import type { StoreAddress } from "../../src/config/config.ts";
import type { Question } from "../../src/store/approvals.ts";
import { type LogTables, openLog } from "../../src/store/log.ts";
import { openStore } from "../../src/store/open.ts";
import type { Closed, Opened, Store } from "../../src/store/store.ts";

/** A moment long past, so that whole hours lie between what is signed; no test waits for a clock. */
export const NOON = Date.UTC(2026, 10, 21, 12);
const HOUR_MS = 3_600_000;

export function opened(call: CallId, at: number, more: Partial<Opened> = {}): Opened {
  return {
    kind: "opened",
    call,
    at,
    principal: 'é ✓ \u2028 "Ada"',
    client: "",
    era: "modern",
    server: "files",
    method: "tools/call",
    target: "read_file",
    target_kind: "tool",
    args_digest: "sha256:00",
    verdict: "allow",
    rule: "reads",
    rule_source: "sha256:p",
    policy_version: "sha256:p",
    size_bytes: 10,
    detail: { arguments: { path: "/tmp/\u0001 ÿ" } },
    ...more,
  };
}

export function closed(call: CallId, at: number): Closed {
  return {
    kind: "closed",
    call,
    at,
    status: "ok",
    duration_us: 5,
    answer_digest: "",
    size_bytes: 1,
    detail: {},
  };
}

function question(at: number): Question {
  return {
    id: approvalId(at),
    at,
    principal: "ada",
    subject: "sha256:s",
    binding: "sha256:b",
    asks: [],
    expires: at + HOUR_MS,
    shown: {
      server: "files",
      method: "tools/call",
      target: "write_file",
      target_kind: "tool",
      client: "",
      args: {},
      whole: true,
      args_digest: "",
      definition: "",
      policy_version: "",
    },
  };
}

/** A log with everything in it that a log can have. */
export interface Kept {
  readonly address: StoreAddress;
  readonly store: Store;
  readonly log: LogTables;
  readonly key: KeyObject;
  /** One hour of tenant `a`: ten calls, a question that is approved, an act; and a call of tenant `b`. Then all is signed. */
  readonly hour: () => Promise<void>;
  readonly close: () => Promise<void>;
}

/** Opens a log at an address that holds nothing yet. */
export async function kept(
  address: StoreAddress,
  key: KeyObject = generateKeyPairSync("ed25519").privateKey,
): Promise<Kept> {
  const store = await openStore(address);
  const log = await openLog(address);
  let now = NOON;
  const call = async (tenant: string): Promise<void> => {
    const id = callId((now += 1000));
    await store.forTenant(tenant).journal.append([opened(id, now), closed(id, now + 500)]);
  };
  return {
    address,
    store,
    log,
    key,
    async hour() {
      for (let nth = 0; nth < 10; nth++) await call("a");
      const asked = question((now += 1000));
      const by = { id: "grace", roles: [], source: "token" };
      const approve = { kind: "approve", preview: "sha256:v" } as const;
      await store
        .forTenant("a")
        .approvals.ask(asked, [], { seq: 1, at: now, by, reason: "", deed: approve, state: "approved" });
      const act = { kind: "act", id: actId(now), at: now, principal: "grace", action: "key.made" } as const;
      await store.forTenant("a").acts.write({ ...act, object: "key_1", outcome: "ok", detail: {} });
      await call("b");
      await sequence(log, "test", turn);
      await signGrown(log, key, now);
      now += HOUR_MS;
    },
    async close() {
      await log.close();
      await store.close();
    },
  };
}
