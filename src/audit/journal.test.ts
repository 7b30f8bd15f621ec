import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { Call } from "../call/call.ts";
import { callId } from "../call/id.ts";
import { digest, digestBytes } from "../call/json.ts";
import type { Verdict } from "../call/verdict.ts";
import type { Decision } from "../pipeline/stage.ts";
import { openStore } from "../store/open.ts";
import type { Store } from "../store/store.ts";
import { JournalUnavailable } from "../store/unavailable.ts";
import { type JournalOptions, type Entry, journal } from "./journal.ts";

const POLICY = `sha256:${"a".repeat(64)}`;
const FACTS = { size_bytes: 321, policy_version: POLICY, resource_args: ["path", "uri"] };
const ALLOW: Verdict = { kind: "allow", rule: { source: POLICY, rule: "read-files" } };
let folder: string;
let store: Store;
const log = {
  warn: vi.fn<(about: unknown, text?: string) => void>(),
  error: vi.fn<(about: unknown, text?: string) => void>(),
};

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "audit-"));
  store = await openStore({ kind: "sqlite", path: join(folder, "j.db") });
  vi.clearAllMocks();
});
afterEach(async () => {
  await store.close();
  rmSync(folder, { recursive: true, force: true });
});

function decision(more: Partial<Call> = {}, verdict: Verdict = ALLOW): Decision {
  const at = Date.UTC(2026, 10, 20, 10);
  const call: Call = {
    id: callId(at),
    at,
    principal: { id: "ana", tenant: "acme", roles: ["developer"], scopes: [], source: "local-account" },
    client: { name: "inspector", version: "2.1" },
    era: "modern",
    server: "files",
    method: "tools/call",
    target: { kind: "tool", name: "read_file" },
    args: { path: "/srv/data/a.md", api_key: "hunter2" },
    meta: {},
    inexact: [],
    ...more,
  };
  return { call, edits: [], verdict, findings: [], trail: [{ stage: "policy", said: verdict.kind, us: 9 }] };
}

function entering(options: Partial<JournalOptions> = {}, into: Store = store) {
  const kept = journal(into, { detail: "full", mode: "enforce", log, ...options });
  return {
    async open(...given: Parameters<typeof kept.open>): Promise<Entry> {
      const opened = await kept.open(...given);
      if ("close" in opened) return opened;
      throw new Error("no limit was asked for");
    },
  };
}

/** The call as the journal has it, once what was closed without waiting is there too. */
async function recorded({ call }: Decision) {
  await store.check();
  return await store.forTenant(call.principal.tenant).journal.get(call.id);
}

test("a call is on record as it was judged and as it ended", async () => {
  const made = decision({ meta: { "dev.portcullis/intent": "Look at the quarter's figures" } });
  let clock = 5_000;
  const entry = await entering({ now: () => 42, elapsed: () => clock }).open(made, {
    ...FACTS,
    began_ms: 4_990,
  });
  expect(await recorded(made)).toMatchObject({ status: "open" });
  clock = 5_002.5;
  const answer = Buffer.from('{"jsonrpc":"2.0"}');
  entry.close({ status: "ok", answer, detail: { trail: [] } });
  expect(await recorded(made)).toEqual({
    tenant: "acme",
    position: 2,
    status: "ok",
    opened: {
      kind: "opened",
      call: made.call.id,
      at: made.call.at,
      principal: "ana",
      client: "inspector/2.1",
      era: "modern",
      server: "files",
      method: "tools/call",
      target: "read_file",
      target_kind: "tool",
      args_digest: digest(made.call.args),
      verdict: "allow",
      rule: "read-files",
      rule_source: POLICY,
      policy_version: POLICY,
      size_bytes: 321,
      detail: {
        mode: "enforce",
        intent: "read",
        declared_intent: "Look at the quarter's figures",
        roles: ["developer"],
        source: "local-account",
        trail: [{ stage: "policy", said: "allow", us: 9 }],
        args: { path: "/srv/data/a.md", api_key: "[secret]" },
        judged_on: {
          classification: "",
          resource_args: ["path"],
          lost: ["/api_key"],
        },
      },
    },
    closed: {
      kind: "closed",
      call: made.call.id,
      at: 42, // before it opened: the clock stepped back, the duration did not
      status: "ok",
      duration_us: 12_500,
      answer_digest: digestBytes(answer),
      size_bytes: 17,
      detail: { trail: [] },
    },
  });
});

test("a refusal is on record with its cause and its words", async () => {
  const made = decision(
    {},
    {
      kind: "deny",
      rule: { source: POLICY, rule: "outside-workspace" },
      cause: { kind: "policy" },
      why: "Files outside the workspace are off limits.",
      instead: "Write below the workspace.",
    },
  );
  (await entering().open(made, FACTS)).close({ status: "denied" });
  expect(await recorded(made)).toMatchObject({
    status: "denied",
    opened: {
      verdict: "deny",
      detail: {
        cause: "policy",
        why: "Files outside the workspace are off limits.",
        instead: "Write below the workspace.",
      },
    },
    closed: { answer_digest: "", size_bytes: 0 },
  });
});

test("audit detail `summary` keeps no argument", async () => {
  const made = decision();
  await entering({ detail: "summary" }).open(made, FACTS);
  const detail = (await recorded(made))?.opened.detail;
  expect(detail).toMatchObject({ mode: "enforce", intent: "read" });
  expect(detail).not.toHaveProperty("args");
  expect(JSON.stringify(detail)).not.toContain("/srv/data");
});

test("names that nobody expects are kept short and free of NUL; the digest is of the whole", async () => {
  const args = { text: "long ".repeat(10_000) };
  const made = decision({
    target: { kind: "resource", uri: `x:\0${"y".repeat(9_000)}` },
    args,
    meta: { "dev.portcullis/intent": "z".repeat(9_000) },
  });
  await entering().open(made, FACTS);
  const opened = (await recorded(made))?.opened;
  expect(opened?.target).toBe(`x:\u2400${"y".repeat(1_021)}…`);
  expect(opened?.detail["declared_intent"]).toBe("z".repeat(500));
  expect(opened?.args_digest).toBe(digest(args));
});

test("what policy looked at is on record, so that the call can be judged again", async () => {
  const principal = { ...decision().call.principal, scopes: ["files:read"], source: "host" as const };
  const made = decision({ principal, args: { path: "/a", n: 1 }, inexact: ["n"] });
  const hidden = decision(
    { id: callId(1), target: { kind: "prompt", name: "p" }, args: {} },
    { kind: "deny", rule: { source: "stage", rule: "visibility" }, cause: { kind: "hidden" }, why: "no" },
  );
  await entering().open(made, FACTS);
  await entering({ detail: "summary" }).open(hidden, { ...FACTS, hidden: true });
  expect((await recorded(made))?.opened.detail["judged_on"]).toEqual({
    classification: "",
    scopes: ["files:read"],
    amr: [],
    acr: "",
    auth_at: 0,
    resource_args: ["path"],
    inexact: ["n"],
  });
  expect((await recorded(hidden))?.opened.detail["judged_on"]).toEqual({ classification: "", hidden: true });
});

test("the second end of a call counts for nothing", async () => {
  const made = decision();
  const entry = await entering().open(made, FACTS);
  entry.close({ status: "ok", answer: `sha256:${"b".repeat(64)}`, size_bytes: 7 });
  entry.close({ status: "error" });
  expect(await recorded(made)).toMatchObject({
    status: "ok",
    closed: { answer_digest: `sha256:${"b".repeat(64)}`, size_bytes: 7 },
  });
  expect(log.error).not.toHaveBeenCalled();
});

test("what cannot be recorded is refused when the gate enforces, and passes with a warning when it observes", async () => {
  await store.close();
  const made = decision();
  await expect(entering().open(made, FACTS)).rejects.toBeInstanceOf(JournalUnavailable);
  expect(log.warn).not.toHaveBeenCalled();
  const entry = await entering({ mode: "observe" }).open(made, FACTS);
  expect(log.warn).toHaveBeenCalledExactlyOnceWith(
    { call: made.call.id, reason: "The store is closed." },
    expect.stringContaining("observes"),
  );
  entry.close({ status: "ok" });
  expect(log.error).not.toHaveBeenCalled();
});

test("a server whose record may be missing gets its calls all the same, and no other does", async () => {
  await store.close();
  const observed = ({ server }: { readonly server: string }): boolean => server === "files";
  const entry = await entering({ observed }).open(decision(), FACTS);
  expect(log.warn).toHaveBeenCalledExactlyOnceWith(
    expect.anything(),
    expect.stringContaining("recorded as far as can be"),
  );
  entry.close({ status: "ok" });
  const other = entering({ observed }).open(decision({ server: "mail" }), FACTS);
  await expect(other).rejects.toBeInstanceOf(JournalUnavailable);
});

test("an end that cannot be written is told, throws nothing, and the call stays unknown", async () => {
  const made = decision();
  const entry = await entering().open(made, FACTS);
  await store.close();
  entry.close({ status: "ok" });
  await vi.waitFor(() =>
    expect(log.error).toHaveBeenCalledExactlyOnceWith(
      { call: made.call.id, reason: "The store is closed." },
      expect.any(String),
    ),
  );
  store = await openStore({ kind: "sqlite", path: join(folder, "j.db") });
  expect(await store.forTenant("acme").journal.get(made.call.id)).toMatchObject({
    status: "unknown",
    closed: undefined,
  });
});
