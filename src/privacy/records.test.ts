import { hash } from "node:crypto";
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { closed, opened } from "../../test/faults/journal-events.ts";
import { engines, sql } from "../../test/engines.ts";
import { actId, approvalId, callId, noticeId } from "../call/id.ts";
import type { StoreAddress } from "../config/config.ts";
import type { Question } from "../store/approvals.ts";
import { openStore } from "../store/open.ts";
import { OWN_POLICY } from "../store/policies.ts";
import { doomed, doomedEverywhere, erase } from "./erasure.ts";
import { inventory } from "./inventory.ts";
import { type Kept, openKept } from "./open.ts";
import { rotate } from "./rotation.ts";

const NAME = "zaphod.beeblebrox@example.com";
const SAID = "my sister lives in Damogran";
const ANSWER = "heart of gold, 42 EUR";
const ADDRESS = "file:///home/zaphod.beeblebrox/letter.txt";
const EVERYTHING = [NAME, SAID, ANSWER, ADDRESS, "Damogran", "letter.txt"];

const folder = mkdtempSync(join(tmpdir(), "privacy-"));
let places = 0;

const ENGINES = engines();
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Everything that somebody with the disk would read. */
async function bytesOf(address: StoreAddress): Promise<string> {
  if (address.kind === "sqlite") {
    const own = join(address.path, "..");
    return readdirSync(own)
      .map((name) => readFileSync(join(own, name), "latin1"))
      .join("\n");
  }
  let all = "";
  for (const { tablename } of await sql(
    address,
    "select tablename from pg_tables where schemaname = 'portcullis'",
  ))
    all += JSON.stringify(await sql(address, `select * from ${String(tablename)}`));
  return all;
}

function question(principal: string): Question {
  const now = Date.now();
  return {
    id: approvalId(now),
    at: now,
    principal,
    subject: `sha256:${"3".repeat(64)}`,
    binding: `sha256:${"4".repeat(64)}`,
    asks: [],
    expires: now + 3_600_000,
    shown: {
      server: "files",
      method: "tools/call",
      target: "write",
      target_kind: "tool",
      client: "",
      args: { text: SAID },
      whole: true,
      args_digest: "sha256:1",
      definition: "",
      policy_version: "",
    },
  };
}

/** A call with something personal in every place that may hold it. */
async function calls({ store }: Kept, tenant: string, principal: string): Promise<ReturnType<typeof callId>> {
  const call = callId(Date.now());
  const { journal } = store.forTenant(tenant);
  const detail = { mode: "enforce", args: { text: SAID }, declared_intent: SAID };
  await journal.append([opened(call, { principal, target: ADDRESS, target_kind: "resource", detail })]);
  await journal.append([closed(call, { principal, detail: { answer: ANSWER, trail: [] } })]);
  return call;
}

describe.each(ENGINES)("records in $name", (engine) => {
  let address: StoreAddress;
  let kept: Kept;
  const others: Kept[] = [];
  const keyFile = () => ({ kind: "file", path: join(folder, `${places}.keys`) }) as const;

  async function another(): Promise<Kept> {
    const opening = await openKept({ store: address, keys: keyFile(), outbound: { allow: [] } });
    if (opening === undefined) throw new Error("there is no key");
    others.push(opening);
    return opening;
  }
  beforeEach(async () => {
    places += 1;
    address = await engine.address();
    kept = await another();
  });
  afterEach(async () => {
    await Promise.all(others.splice(0).map((each) => each.store.close()));
  });

  test("hold nothing of a person in clear, and give back what was written", async () => {
    const call = await calls(kept, "acme", NAME);
    const tenant = kept.store.forTenant("acme");
    await tenant.approvals.ask(question(NAME), [
      {
        id: noticeId(1),
        tenant: "acme",
        at: 1,
        topic: "approval.asked",
        about: "x",
        to: "log:",
        dedupe: NAME,
        data: { principal: NAME, message: SAID },
      },
    ]);
    const begun = await tenant.idempotency.begin({ who: NAME, key: "k", digest: "d", at: Date.now() });
    await tenant.idempotency.finish(NAME, "k", { status: 200, media: "text/plain", body: ANSWER });
    await tenant.acts.write({
      kind: "act",
      id: actId(1),
      at: 1,
      principal: NAME,
      action: "key.made",
      object: "k1",
      outcome: "ok",
      detail: { for: NAME },
    });

    const bytes = await bytesOf(address);
    for (const each of EVERYTHING) expect(bytes).not.toContain(each);

    const reading = (await another()).store.forTenant("acme");
    expect(await reading.journal.get(call)).toMatchObject({
      opened: {
        principal: NAME,
        target: ADDRESS,
        args_digest: `sha256:${"0".repeat(64)}`,
        detail: { args: { text: SAID }, declared_intent: SAID },
      },
      closed: { detail: { answer: ANSWER, trail: [] } },
    });
    expect(await reading.approvals.about(question(NAME).subject, 9, NAME)).toMatchObject([
      { question: { principal: NAME, shown: { args: { text: SAID } } } },
    ]);
    expect(await reading.approvals.list({ principal: NAME, limit: 9 })).toHaveLength(1);
    expect(await reading.approvals.list({ principal: "ben", limit: 9 })).toHaveLength(0);
    expect(await kept.store.outbox.list({ limit: 9 })).toMatchObject([
      { data: { principal: NAME, message: SAID } },
    ]);
    expect(begun).toEqual({ kind: "first" });
    expect(
      await reading.idempotency.begin({ who: NAME, key: "k", digest: "d", at: Date.now() }),
    ).toMatchObject({ kind: "answered", answer: { body: ANSWER } });
    expect(await reading.idempotency.begin({ who: NAME, key: "k", digest: "e", at: Date.now() })).toEqual({
      kind: "other",
    });
    expect(await reading.acts.list({ limit: 9 })).toMatchObject([
      { act: { principal: NAME, detail: { for: NAME } } },
    ]);
    expect(
      (await reading.journal.find({ principal: NAME, target: ADDRESS, order: "newest", limit: 9 })).records,
    ).toHaveLength(1);
  });

  test("of sign-ins that failed do not say in clear where from, and can be read", async () => {
    const detail = { kind: "bearer", address: "2001:db8::4242" };
    const failed = {
      kind: "act",
      principal: "",
      object: "",
      action: "signin.failed",
      outcome: "refused",
    } as const;
    await kept.store.forTenant("acme").acts.write({ ...failed, id: actId(1), at: 1, detail });
    expect(await bytesOf(address)).not.toContain(detail.address);
    const { acts } = (await another()).store.forTenant("acme");
    expect(await acts.list({ limit: 9 })).toMatchObject([{ act: { principal: "", object: "", detail } }]);
  });

  test("of a change of policy have the id of who made it, and the gate itself by its name", async () => {
    const { policies } = kept.store;
    const [version, own] = [`sha256:${"1".repeat(64)}`, `sha256:${"2".repeat(64)}`];
    await policies.keep({ version: own, at: 1, who: OWN_POLICY, texts: [] });
    expect(await sql(address, "select * from tenant_keys")).toEqual([]);
    await policies.keep({ version, at: 2, who: NAME, texts: [] });
    const change = { at: 2, act: "applied", before: own, after: version, message: "m", state: "{}" };
    expect(await policies.change({ ...change, seq: 1, who: NAME })).toBe(true);
    const bytes = await bytesOf(address);
    for (const each of EVERYTHING) expect(bytes).not.toContain(each);

    const { store } = await another();
    expect(await store.policies.changes(9)).toMatchObject([{ seq: 1, who: NAME }]);
    expect(await store.policies.get(version)).toMatchObject({ who: NAME });
    expect((await store.policies.versions("", 9)).map(({ who }) => who).toSorted()).toEqual(
      [OWN_POLICY, NAME].toSorted(),
    );
    const acts = await store.forTenant("default").acts.list({ limit: 9 });
    expect(acts).toMatchObject([{ act: { action: "policy.applied", principal: NAME } }]);

    const ports = { store: kept.store, sealer: kept.sealer, now: Date.now };
    await erase(ports, await doomed(ports, "default", NAME), () => {});
    expect((await (await another()).store.policies.changes(9))[0]?.who).toMatch(/^sub_/);
  });

  test("of the time before stay readable, and are found beside those that are sealed", async () => {
    const plain = await openStore(address);
    const old = callId(Date.now() - 1_000);
    const task = `sha256:${"7".repeat(64)}`;
    await plain
      .forTenant("acme")
      .journal.append([opened(old, { principal: NAME }), closed(old, { detail: { task } })]);
    await plain.close();
    const { journal } = kept.store.forTenant("acme");
    const call = callId(Date.now());
    await journal.append([
      opened(call, { principal: NAME }),
      closed(call, { principal: NAME, detail: { task } }),
    ]);
    expect((await journal.begun(NAME, [task])).map(({ opened: { call: each } }) => each)).toEqual([
      call,
      old,
    ]);
    for (const order of ["newest", "oldest"] as const) {
      const found: string[] = [];
      for (let beyond: typeof call | undefined, more = true; more; ) {
        const page = await journal.find({
          principal: NAME,
          order,
          limit: 1,
          ...(beyond !== undefined && { beyond }),
        });
        found.push(...page.records.map(({ opened: { call: each } }) => each));
        beyond = page.next;
        more = beyond !== undefined;
      }
      expect(found).toEqual(order === "newest" ? [call, old] : [old, call]);
    }
    expect((await journal.list({ limit: 9 })).map(({ opened: { principal } }) => principal)).toEqual([
      NAME,
      NAME,
    ]);
  });

  test("of two tenants know the same name under different ids", async () => {
    await calls(kept, "acme", NAME);
    await calls(kept, "other", NAME);
    const rows = await sql(address, "select id, lookup from subjects");
    expect(new Set(rows.map(({ id }) => id)).size).toBe(2);
    expect(new Set(rows.map(({ lookup }) => lookup)).size).toBe(2);
  });

  test("of a name that two gates meet at once have one subject", async () => {
    const gates = [kept, await another(), await another()];
    await Promise.all(gates.flatMap((gate) => [calls(gate, "acme", NAME), calls(gate, "acme", "ben")]));
    expect(await sql(address, "select id from subjects")).toHaveLength(2);
    const { journal } = kept.store.forTenant("acme");
    expect((await journal.find({ principal: NAME, order: "newest", limit: 9 })).records).toHaveLength(3);
  });

  test("of somebody who is erased are gone from everywhere, in every gate, and nothing that a leaf covers has changed", async () => {
    const gate = await another();
    const call = await calls(gate, "acme", NAME);
    const [bens, others_] = [await calls(gate, "acme", "ben"), await calls(gate, "other", NAME)];
    const tenant = gate.store.forTenant("acme");
    await tenant.approvals.ask(question(NAME), [
      {
        id: noticeId(2),
        tenant: "acme",
        at: 1,
        topic: "approval.asked",
        about: "x",
        to: `mailto:${NAME}`,
        data: { principal: NAME },
      },
    ]);
    await tenant.idempotency.begin({ who: NAME, key: "k", digest: "d", at: Date.now() });
    await gate.store.credentials.add({
      id: "k1",
      kind: "live",
      digest: "sha256:1",
      tenant: "acme",
      principal: NAME,
      name: "",
      roles: [],
      scopes: [],
      servers: [],
      tools: [],
      networks: [],
      made_at: 1,
      made_by: NAME,
      expires_at: 2,
      revoked_at: null,
      revoked_by: null,
      used_at: null,
    });
    const leaf = async (): Promise<string> =>
      hash(
        "sha256",
        JSON.stringify([
          await sql(address, "select * from opened order by seq"),
          await sql(address, "select * from closed order by seq"),
        ]),
      );
    const before = await leaf();

    const ports = { store: kept.store, sealer: kept.sealer, now: Date.now };
    const everywhere = await doomedEverywhere(ports, ["acme", "declared"], NAME);
    expect(everywhere.map(({ tenant: of, id }) => [of, id])).toEqual([
      ["acme", expect.stringMatching(/^sub_/)],
      ["other", expect.stringMatching(/^sub_/)],
    ]);
    const plan = await doomed(ports, "acme", NAME);
    expect(plan).toEqual(everywhere[0]);
    expect(plan).toMatchObject({
      removed: { api_keys: 1, idempotency: 1, outbox: 1 },
      questions: 1,
      inClear: false,
    });
    await erase(ports, plan, () => {});
    expect(await kept.store.subjects.scrub()).toBe("");

    expect(await leaf()).toBe(before);
    const reading = (await another()).store;
    // What the other tenant keeps under the same name is another's.
    expect(await reading.forTenant("other").journal.get(others_)).toMatchObject({
      opened: { principal: NAME },
    });
    expect(await reading.forTenant("acme").journal.get(bens)).toMatchObject({
      opened: { principal: "ben", detail: { args: { text: SAID } } },
    });
    expect(await reading.forTenant("acme").journal.get(call)).toMatchObject({
      opened: { principal: plan.id, detail: { erased: true } },
      closed: { detail: { erased: true } },
    });
    expect(await reading.forTenant("acme").approvals.list({ limit: 9 })).toMatchObject([
      { question: { principal: plan.id, asks: [] }, acts: [{ state: "void" }] },
    ]);
    // The gate that wrote it had the key in memory.
    await vi.waitFor(async () => expect(await gate.sealer.find("acme", NAME)).toBeUndefined(), {
      timeout: 5_000,
    });
    expect(await gate.store.forTenant("acme").journal.get(call)).toMatchObject({
      opened: { detail: { erased: true } },
    });
    await Promise.all(others.splice(0).map((each) => each.store.close()));
    const bytes = await bytesOf(address);
    for (const each of EVERYTHING) expect(bytes).not.toContain(each);
    expect(await sql(address, "select * from api_keys")).toEqual([]);
    // Who comes back is somebody new.
    kept = await another();
    await calls(kept, "acme", NAME);
    expect(await kept.sealer.find("acme", NAME)).not.toMatchObject({ id: plan.id });
  });

  test("are put under new keys while a gate writes, and nothing that a leaf covers has changed", async () => {
    const gate = await another();
    const wrote: string[] = [];
    for (let n = 0; n < 20; n += 1) wrote.push(await calls(gate, "acme", `p${n}`));
    const before = await sql(address, "select * from opened order by seq");
    const keys = await sql(address, "select id, key from subjects order by id");
    const going = { on: true };
    const writing = (async () => {
      for (let n = 20; going.on; n += 1) wrote.push(await calls(gate, "acme", `p${n}`));
    })();
    const ports = { keys: kept.store.subjects, root: await kept.root(), now: Date.now };
    const [first] = await ports.root.keys();
    for (let times = 0; times < 3; times += 1) expect((await rotate(ports)).unreadable).toBe(0);
    going.on = false;
    await writing;

    const after = await sql(address, "select * from opened order by seq limit 20");
    expect(after).toEqual(before);
    const now = await sql(address, "select id, key from subjects order by id");
    for (const { id, key } of keys) expect(now.find((each) => each["id"] === id)?.["key"]).not.toBe(key);
    expect(await sql(address, "select n from tenant_keys order by n")).toEqual([{ n: 0 }, { n: 4 }]);
    const roots = await ports.root.keys();
    expect(roots).toHaveLength(1);
    expect(roots[0]?.id).not.toBe(first?.id);
    const { journal } = (await another()).store.forTenant("acme");
    const read = await journal.list({ limit: 10_000 });
    expect(read).toHaveLength(wrote.length);
    for (const { opened: one } of read) expect(one.detail).toMatchObject({ args: { text: SAID } });
  });

  test("are not readable, and take nothing, without the key, and say which is missing", async () => {
    const call = await calls(kept, "acme", NAME);
    rmSync(keyFile().path);
    const { store } = await another();
    await expect(store.forTenant("acme").journal.get(call)).rejects.toThrow(
      /sealed under the key local:[0-9a-f]{16}, which is not in/,
    );
    await expect(
      store.forTenant("acme").journal.append([opened(callId(1), { principal: "ben" })]),
    ).rejects.toThrow(/Put it back/);
  });

  test("have an inventory of their keys, and no key in it", async () => {
    await calls(kept, "acme", NAME);
    const entries = await inventory(kept.store, await kept.root(), address, Date.now());
    expect(entries.map(({ kind, subjects }) => [kind, subjects])).toEqual([
      ["root", undefined],
      ["lookup", undefined],
      ["master", 1],
      ["data", 1],
    ]);
    const file = readFileSync(keyFile().path, "utf8");
    const key = /"key": "([^"]+)"/.exec(file)?.[1] ?? "none";
    expect(JSON.stringify(entries)).not.toContain(key);
    expect(statSync(keyFile().path).mode & 0o777).toBe(0o600);
  });
});
