// Every store passes all of this; a difference between two of them that users found belongs here first.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import fc from "fast-check";
import { Client } from "pg";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { closed, opened } from "../../test/faults/journal-events.ts";
import { engines, sql } from "../../test/engines.ts";
import { type CallId, callId } from "../call/id.ts";
import type { Json, JsonObject } from "../call/json.ts";
import type { StoreAddress } from "../config/config.ts";
import { BEAT_MS, GONE_MS } from "./journal/row.ts";
import { MAX_MASKS } from "./masks.ts";
import { openStore } from "./open.ts";
import type { Store } from "./store.ts";
import { JournalUnavailable, StoreUnusable } from "./unavailable.ts";

const WRITER = fileURLToPath(new URL("../../test/faults/journal-writer.ts", import.meta.url));
const ENGINES = engines();
const [, SERVER] = ENGINES;

/** Text as it can come out of JSON, NUL aside: that has a test of its own. */
const text = fc.string({ unit: "binary", maxLength: 40 }).map((value) => value.replaceAll("\0", ""));
const detail = fc.dictionary(text, fc.jsonValue() as fc.Arbitrary<Json>, { maxKeys: 4 });
const plain = (value: JsonObject): JsonObject => JSON.parse(JSON.stringify(value));

describe.each(ENGINES)("$name", (engine) => {
  let address: StoreAddress;
  let store: Store;
  const others: Store[] = [];

  /** Another process's view of the same store. */
  async function another(): Promise<Store> {
    const other = await openStore(address);
    others.push(other);
    return other;
  }

  beforeEach(async () => {
    address = await engine.address();
    store = await openStore(address);
  });
  afterEach(async () => {
    await Promise.all([store, ...others.splice(0)].map((each) => each.close()));
  });

  test("gives back both events of a call as they were", async () => {
    const { journal } = store.forTenant("acme");
    const amount = fc.nat({ max: Number.MAX_SAFE_INTEGER });
    const said = fc.record({
      target: text,
      client: text,
      principal: text,
      rule: text,
      server: text,
      size_bytes: amount,
      detail,
    });
    const ended = fc.record({
      at: amount,
      duration_us: amount,
      answer_digest: text,
      size_bytes: amount,
      detail,
    });
    await fc.assert(
      fc.asyncProperty(
        said,
        ended,
        fc.constantFrom("ok", "error", "denied", "held", "unknown"),
        async (one, two, status) => {
          const call = callId(Date.now());
          const events = [
            opened(call, { ...one, detail: plain(one.detail) }),
            closed(call, { ...two, status, detail: plain(two.detail) }),
          ];
          await journal.append(events);
          const record = await journal.get(call);
          expect([record?.opened, record?.closed]).toEqual(events);
          expect(record).toMatchObject({ tenant: "acme", status });
        },
      ),
      { numRuns: 40 },
    );
  });

  test("who began a task is found by its digest: in its tenant, by its principal, and the newest first", async () => {
    const { journal } = store.forTenant("acme");
    const task = `sha256:${"a".repeat(64)}`;
    const other = `sha256:${"b".repeat(64)}`;
    const begin = async (
      at: number,
      tenant: string,
      principal: string,
      detail: JsonObject,
    ): Promise<CallId> => {
      const call = callId(at);
      await store.forTenant(tenant).journal.append([opened(call, { principal }), closed(call, { detail })]);
      return call;
    };
    const first = await begin(1, "acme", "ana", { task, task_until: 7 });
    const second = await begin(2, "acme", "ana", { trail: [], task });
    await begin(3, "acme", "bob", { task });
    await begin(4, "other", "ana", { task });
    await begin(5, "acme", "ana", { task: other });
    await begin(6, "acme", "ana", { note: `"task":"${task}"`, deeper: { task } });
    expect((await journal.begun("ana", [task])).map(({ opened }) => opened.call)).toEqual([second, first]);
    expect((await journal.begun("ana", [task, other]))[0]?.closed?.detail).toEqual({ task: other });
    expect(await journal.begun("ana", [])).toEqual([]);
    expect(await journal.begun("eve", [task])).toEqual([]);
    expect((await (await another()).forTenant("acme").journal.begun("bob", [task])).length).toBe(1);
  });

  test("what was promised is there for everybody", async () => {
    const call = callId(Date.now());
    await store.forTenant("acme").journal.append([opened(call)]);
    expect(await (await another()).forTenant("acme").journal.get(call)).toMatchObject({
      status: "open",
      closed: undefined,
    });
  });

  test("a tenant reaches its own rows and no others, however alike the names are", async () => {
    const names = ["a", "A", "a ", "á", "a\u0301", "ａ", "a%", ""];
    const calls = new Map<string, CallId>();
    for (const name of names) {
      const call = callId(Date.now());
      calls.set(name, call);
      await store.forTenant(name).journal.append([opened(call), closed(call)]);
    }
    for (const name of names) {
      const { journal } = store.forTenant(name);
      const own = [calls.get(name)];
      expect((await journal.list({ limit: 100 })).map(({ opened }) => opened.call)).toEqual(own);
      expect((await journal.list({ limit: 100, after: 0 })).map(({ opened }) => opened.call)).toEqual(own);
      for (const [other, call] of calls) expect((await journal.get(call)) === undefined).toBe(other !== name);
    }
  });

  test("the same id in two tenants is two calls", async () => {
    const call = callId(Date.now());
    await store.forTenant("a").journal.append([opened(call), closed(call, { status: "error" })]);
    await store.forTenant("b").journal.append([opened(call)]);
    expect(await store.forTenant("a").journal.get(call)).toMatchObject({ status: "error" });
    expect(await store.forTenant("b").journal.get(call)).toMatchObject({ status: "open" });
  });

  test("a call without an end is open while its gate lives and unknown afterwards", async () => {
    const gate = await openStore(address);
    const call = callId(Date.now());
    await gate.forTenant("t").journal.append([opened(call)]);
    expect(await store.forTenant("t").journal.get(call)).toMatchObject({ status: "open" });
    await gate.close();
    expect(await store.forTenant("t").journal.get(call)).toMatchObject({ status: "unknown" });
  });

  test("a gate that falls silent without a word is gone after a while", async () => {
    const call = callId(Date.now());
    await store.forTenant("t").journal.append([opened(call)]);
    expect(GONE_MS).toBeGreaterThan(2 * BEAT_MS);
    await sql(address, `update gates set seen_at = seen_at - ${GONE_MS - 3_000}`);
    expect(await store.forTenant("t").journal.get(call)).toMatchObject({ status: "open" });
    await sql(address, "update gates set seen_at = seen_at - 3001");
    expect(await store.forTenant("t").journal.get(call)).toMatchObject({ status: "unknown" });
    await store.check(); // it was only slow: a beat, and its calls are open again
    expect(await store.forTenant("t").journal.get(call)).toMatchObject({ status: "open" });
  });

  test("lists the newest calls, oldest first, by time, server and verdict", async () => {
    const { journal } = store.forTenant("t");
    const start = Date.UTC(2026, 10, 20);
    const calls = Array.from({ length: 12 }, (_, i) => callId(start + i * 1000));
    const events = calls.map((call, i) =>
      opened(call, { server: i % 2 === 0 ? "files" : "Files", verdict: i % 3 === 0 ? "deny" : "allow" }),
    );
    await journal.append(events.toReversed()); // the clock stepped back: the order of writing is not the order of time
    const ids = async (filter: object) =>
      (await journal.list({ limit: 100, ...filter })).map(({ opened }) => calls.indexOf(opened.call));
    expect(await ids({})).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]);
    expect(await ids({ limit: 3 })).toEqual([9, 10, 11]);
    expect(await ids({ since: start + 9000 })).toEqual([9, 10, 11]);
    expect(await ids({ since: start + 9001 })).toEqual([10, 11]);
    expect(await ids({ server: "files" })).toEqual([0, 2, 4, 6, 8, 10]);
    expect(await ids({ verdict: "deny" })).toEqual([0, 3, 6, 9]);
    expect(await ids({ server: "Files", verdict: "deny", since: start + 4000, limit: 1 })).toEqual([9]);
    expect(await ids({ verdict: "hold" })).toEqual([]);
    expect(await ids({ limit: 0 })).toEqual([]);
  });

  test("whoever walks page by page sees each call once, oldest first, whatever is written meanwhile", async () => {
    const { journal } = store.forTenant("t");
    const start = Date.UTC(2026, 10, 20);
    const calls = Array.from({ length: 7 }, (_, i) => callId(start + i * 1000));
    await journal.append(calls.toReversed().map((call) => opened(call)));
    await store.forTenant("other").journal.append([opened(callId(start))]);
    const first = await journal.page({ since: start + 1000, limit: 3 });
    expect(first.map(({ opened: { call } }) => calls.indexOf(call))).toEqual([1, 2, 3]);
    const last = first.at(-1)?.opened.call ?? callId(0);
    await journal.append(calls.map((call) => closed(call)));
    const second = await journal.page({ since: start + 1000, after: last, limit: 10 });
    expect(second.map(({ opened: { call }, status }) => [calls.indexOf(call), status])).toEqual([
      [4, "ok"],
      [5, "ok"],
      [6, "ok"],
    ]);
  });

  test("whoever follows sees each call once as it opens and once as it ends", async () => {
    const { journal } = store.forTenant("t");
    const [one, two] = [callId(Date.now()), callId(Date.now())];
    await journal.append([opened(one)]);
    const first = await journal.list({ limit: 10 });
    await journal.append([opened(two), closed(two)]);
    await journal.append([closed(one)]);
    const second = await journal.list({ limit: 10, after: first[0]?.position ?? 0 });
    expect(second.map((record) => [record.opened.call, record.status])).toEqual([
      [two, "ok"],
      [one, "ok"],
    ]);
    expect(await journal.list({ limit: 10, after: second[1]?.position ?? 0 })).toEqual([]);
    expect((await journal.list({ limit: 1, after: 0 })).map(({ opened }) => opened.call)).toEqual([two]);
  });

  test("a follower misses nothing that several gates write at once", async () => {
    const gates = [store, await another(), await another()];
    const wanted = new Set<CallId>();
    let writing = true;
    const writers = Promise.all(
      gates.map(async (gate) => {
        for (let i = 0; i < 30; i++) {
          const calls = Array.from({ length: 5 }, () => callId(Date.now()));
          for (const call of calls) wanted.add(call);
          await Promise.all(calls.map((call) => gate.forTenant("t").journal.append([opened(call)])));
          await gate.forTenant("t").journal.append(calls.map((call) => closed(call)));
        }
      }),
    ).finally(() => (writing = false));
    const ended: CallId[] = [];
    let after = 0;
    const reading = (await another()).forTenant("t").journal;
    for (let last = false; !last; ) {
      last = !writing;
      await new Promise(setImmediate); // reading SQLite alone would never let the writers have a turn
      for (
        let page = await reading.list({ after, limit: 50 });
        page.length > 0;
        page = await reading.list({ after, limit: 50 })
      ) {
        for (const record of page) if (record.closed !== undefined) ended.push(record.opened.call);
        after = page.at(-1)?.position ?? after;
      }
    }
    await writers;
    expect(ended.length).toBe(wanted.size);
    expect(new Set(ended)).toEqual(wanted);
  });

  test("one append is all or nothing, and a bad one harms no other", async () => {
    const { journal } = store.forTenant("t");
    const [taken, mate, one, two] = [1, 2, 3, 4].map((n) => callId(Date.now() + n)) as [
      CallId,
      CallId,
      CallId,
      CallId,
    ];
    await journal.append([opened(taken)]);
    const outcome = await Promise.allSettled([
      journal.append([opened(one), closed(one)]),
      journal.append([opened(mate), opened(taken, { target: "another" })]),
      journal.append([opened(two)]),
      journal.append([closed(taken)]),
    ]);
    expect(outcome.map(({ status }) => status)).toEqual(["fulfilled", "rejected", "fulfilled", "fulfilled"]);
    expect(outcome[1]).toMatchObject({ reason: expect.not.objectContaining({ name: "JournalUnavailable" }) });
    expect(await journal.get(mate)).toBeUndefined();
    expect(await journal.get(taken)).toMatchObject({ opened: { target: "read_file" }, status: "ok" });
    expect(await journal.get(one)).toMatchObject({ status: "ok" });
    expect(await journal.get(two)).toMatchObject({ status: "open" });
  });

  test("text with a NUL is kept, or refused without harm to others", async () => {
    const { journal } = store.forTenant("t");
    const [odd, even] = [callId(Date.now()), callId(Date.now())];
    const kept = journal.append([opened(odd, { target: "a\0b" })]).then(
      async () => (await journal.get(odd))?.opened.target,
      async (error: unknown) => (error instanceof JournalUnavailable ? error : "refused"),
    );
    await expect(journal.append([opened(even, { detail: { text: "a\0b" } })])).resolves.toBeUndefined();
    expect((await journal.get(even))?.opened.detail).toEqual({ text: "a\0b" });
    expect(["a\0b", "refused"]).toContain(await kept);
  });

  test("what was written is not changed by anybody", async () => {
    const call = callId(Date.now());
    await store.forTenant("t").journal.append([opened(call), closed(call)]);
    for (const table of ["opened", "closed"]) {
      await expect(sql(address, `update ${table} set tenant = 'other'`)).rejects.toThrow("immutable");
      await expect(sql(address, `delete from ${table}`)).rejects.toThrow("immutable");
    }
    expect(await store.forTenant("t").journal.get(call)).toMatchObject({ status: "ok" });
  });

  test("closing writes what waits and then takes no more", async () => {
    const call = callId(Date.now());
    const { journal } = store.forTenant("t");
    const waiting = [journal.append([opened(call)]), journal.append([closed(call)])];
    const closing = store.close();
    const late = journal.append([opened(callId(Date.now()))]);
    await expect(late).rejects.toMatchObject({ name: "JournalUnavailable", obstacle: "closed" });
    await Promise.all([...waiting, closing]);
    store = await openStore(address);
    expect(await store.forTenant("t").journal.get(call)).toMatchObject({ status: "ok" });
  });

  test("more than may wait is refused, and all that was taken is written", async () => {
    const { journal } = store.forTenant("t");
    const settled = await Promise.allSettled(
      Array.from({ length: 20_000 }, () => journal.append([opened(callId(Date.now()))])),
    );
    const refused = settled.flatMap((each) => (each.status === "rejected" ? [each.reason as unknown] : []));
    expect(refused.length).toBeGreaterThan(0);
    for (const reason of refused) expect(reason).toBeInstanceOf(JournalUnavailable);
    expect(refused[0]).toMatchObject({ obstacle: "backlog" });
    expect((await journal.list({ limit: 10_000 })).length).toBe(Math.min(10_000, 20_000 - refused.length));
    await expect(journal.append([opened(callId(Date.now()))])).resolves.toBeUndefined();
  });

  test("a secret is its tenant's, and the last one of a name", async () => {
    const [acme, globex] = [store.forTenant("acme").secrets, (await another()).forTenant("globex").secrets];
    const kept = { name: "wiki", sealed: "one", at: 1, by: "ana" };
    expect([await acme.put(kept), await acme.put({ ...kept, sealed: "two", at: 2 })]).toEqual([true, true]);
    expect(await acme.get("wiki")).toEqual({ ...kept, sealed: "two", at: 2 });
    expect(await acme.list()).toEqual([{ name: "wiki", at: 2, by: "ana" }]);
    expect([await globex.get("wiki"), await globex.list(), await globex.remove("wiki")]).toEqual([
      undefined,
      [],
      false,
    ]);
    expect([await acme.remove("wiki"), await acme.remove("wiki")]).toEqual([true, false]);
  });

  test("what a mark stands for is its principal's, until it is over", async () => {
    const [acme, globex] = [store.forTenant("acme").masks, (await another()).forTenant("globex").masks];
    const kept = { principal: "ana", id: "abc", sealed: "one", expires: 100 };
    await acme.put([kept, { ...kept, id: "def", expires: 10 }], 1);
    await acme.put([{ ...kept, sealed: "two", expires: 200 }], 5);
    expect([await acme.get("ana", "abc", 150), await acme.get("ana", "abc", 200)]).toEqual([
      "two",
      undefined,
    ]);
    expect([await acme.get("bob", "abc", 5), await globex.get("ana", "abc", 5)]).toEqual([
      undefined,
      undefined,
    ]);
    expect(await acme.get("ana", "def", 5)).toBe("one");
    await acme.put([], 10);
    expect(await acme.get("ana", "def", 5)).toBeUndefined();
  });

  test("as many marks as one message can bring are kept at once, up to the bound, and those that are there still live on", async () => {
    const { masks } = store.forTenant("acme");
    const many = Array.from({ length: MAX_MASKS + 50 }, (_, nth) => ({
      principal: "eve",
      id: `${nth}`.padStart(6, "0"),
      sealed: "one",
      expires: 100,
    }));
    const [first = "", last = ""] = [many[0]?.id, many.at(-1)?.id];
    await masks.put(many, 1);
    expect([await masks.get("eve", first, 5), await masks.get("eve", last, 5)]).toEqual(["one", undefined]);
    await masks.put(
      [...many.slice(0, 2), many[0]!].map((mask) => ({ ...mask, sealed: "two", expires: 200 })),
      1,
    );
    expect(await masks.get("eve", first, 150)).toBe("two");
    await masks.put([{ principal: "bob", id: "new", sealed: "his", expires: 200 }, ...many.slice(-1)], 1);
    expect([await masks.get("bob", "new", 5), await masks.get("eve", last, 5)]).toEqual(["his", undefined]);
  });

  test("check writes", async () => {
    await expect(store.check()).resolves.toBeUndefined();
    await store.close();
    await expect(store.check()).rejects.toMatchObject({ obstacle: "closed" });
    store = await openStore(address);
  });

  test("a schema from a newer program, or another of the same name, is refused with a way out", async () => {
    await sql(address, "update migrations set checksum = 'sha256:other' where name like '0001%'");
    await expect(openStore(address)).rejects.toThrow(/0001-journal is not the one .* `store:`/);
    await sql(address, "update migrations set name = '0999-later' where name like '0001%'");
    const refused: unknown = await openStore(address).catch((error: unknown) => error);
    expect(refused).toBeInstanceOf(StoreUnusable);
    expect(String(refused)).toMatch(/newer Portcullis \(schema step 0999-later is unknown here\)\. Update/);
  });

  test("processes that start at once on nothing, and write at once, lose nothing", async () => {
    const place = await engine.nowhere();
    const outputs = await Promise.all(
      Array.from({ length: 3 }, async () => {
        const child = spawn(process.execPath, [WRITER, JSON.stringify(place), "120", "4"], {
          stdio: ["ignore", "pipe", "inherit"],
        });
        let said = "";
        child.stdout.on("data", (chunk) => (said += String(chunk)));
        const [code] = await once(child, "close");
        return [`exit ${code}`, ...said.trim().split("\n")];
      }),
    );
    expect(outputs.map(([exit]) => exit)).toEqual(["exit 0", "exit 0", "exit 0"]);
    const promised = outputs.flat().filter((line) => line.startsWith("closed "));
    expect(promised.length).toBe(360);
    const reading = await openStore(place);
    others.push(reading);
    const records = await reading.forTenant("t").journal.list({ limit: 10_000 });
    expect(new Set(records.map(({ opened }) => `closed ${opened.call}`))).toEqual(new Set(promised));
    expect(records.every(({ status }) => status === "ok")).toBe(true);
  });
});

test("PostgreSQL: a follower waits for a transaction that drew a lower position than one already there", async () => {
  const address = await SERVER.address();
  const [store, following] = [await openStore(address), await openStore(address)];
  const [slow, quick] = [callId(Date.now()), callId(Date.now())];
  await store.forTenant("t").journal.append([opened(slow)]);
  const client = new Client({ connectionString: address.url });
  await client.connect();
  await client.query(`begin; insert into portcullis.closed (tenant, call, at, status, duration_us, answer_digest, size_bytes, detail)
    values ('t', '${slow}', 0, 'ok', 0, '', 0, '{}')`);
  await store.forTenant("t").journal.append([opened(quick), closed(quick)]);
  const first = (await following.forTenant("t").journal.get(slow))?.position ?? 0;
  const page = following.forTenant("t").journal.list({ after: first, limit: 10 });
  const waiting = await Promise.race([page, new Promise((resolve) => setTimeout(resolve, 100, "waits"))]);
  await client.query("commit");
  await client.end();
  expect(waiting).toBe("waits");
  expect((await page).map((record) => record.opened.call)).toEqual([slow, quick]);
  await Promise.all([store.close(), following.close()]);
});
