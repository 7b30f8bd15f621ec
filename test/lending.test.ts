import { afterAll, expect, test } from "vitest";
import { callId } from "../src/call/id.ts";
import { openStore } from "../src/store/open.ts";
import { sql } from "./engines.ts";
import { closed, opened } from "./faults/journal-events.ts";
import { lending } from "./lending.ts";
import { startPostgres } from "./postgres.ts";

const postgres = startPostgres();
afterAll(async () => await (await postgres).stop());

test("what is lent again holds nothing of before, and what is still in use is not lent", async () => {
  const { lend, back } = lending(() => postgres);
  const call = callId(Date.now());
  /** Where the first record of a new store stands, and which store it is. */
  async function written(url: string) {
    const store = await openStore({ kind: "postgres", url });
    const { journal } = store.forTenant("t");
    const before = await journal.list({ limit: 9 });
    await journal.append([opened(call), closed(call)]);
    const [named] = await sql({ kind: "postgres", url }, "select store from fence");
    return { store, before, position: (await journal.get(call))?.position, name: named?.["store"] };
  }
  const one = await lend();
  const first = await written(one);
  expect(first.before).toEqual([]);
  await first.store.close();
  back();
  expect(await lend()).toBe(one);
  const second = await written(one);
  expect(second).toMatchObject({ before: [], position: first.position });
  expect(second.name).not.toBe(first.name);
  back();
  expect(await lend()).not.toBe(one);
  await second.store.close();
});
