import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import fc from "fast-check";
import { expect, test } from "vitest";
import { openLog } from "../../store/log.ts";
import { openStore } from "../../store/open.ts";
import { growthOf } from "./sequence.ts";
import { rowHash } from "./record.ts";
import { NO_TREE } from "../tree/grow.ts";

const text = fc
  .string({ unit: "binary", maxLength: 30 })
  .map((each) => each.toWellFormed().replaceAll("\0", ""));
const number = fc.maxSafeNat();
const TENANT = "t";

test("SQLite makes the same text of a row as is made of its cells, whatever stands in them", async () => {
  const folder = await mkdtemp(join(tmpdir(), "portcullis-"));
  const path = join(folder, "log.db");
  await (await openStore({ kind: "sqlite", path })).close();
  const db = new DatabaseSync(path);
  const log = await openLog({ kind: "sqlite", path });
  // A column that a newer program added while this one runs, with a name that comes first.
  const added = (): void => db.exec(`alter table opened add column "a new one" text`);
  let calls = 0;
  const looked = async (
    columns: string,
    table: "opened" | "closed",
    cells: readonly (string | number | null)[],
  ) => {
    const call = `call_${String(++calls).padStart(26, "0")}`;
    const marks = cells.map(() => "?").join(", ");
    db.prepare(`insert into ${table} (seq, tenant, call, ${columns}) values (?, ?, ?, ${marks})`).run(
      calls,
      TENANT,
      call,
      ...cells,
    );
    const waiting = await log.waiting();
    const growth = growthOf(TENANT, NO_TREE, waiting.rows);
    await log.integrate(waiting, [
      { ...growth, before: calls - 1, tree: { ...growth.tree, size: calls }, leaves: [] },
    ]);
    const row = (await log.rows(TENANT, table, [call])).get(call) ?? {};
    expect(growth.leaves.map(({ kind, id, hash }) => ({ kind, id, hash: Buffer.from(hash) }))).toEqual([
      { kind: table, id: call, hash: Buffer.from(rowHash(table, row)) },
    ]);
  };
  const openings =
    "gate, at, principal, client, era, server, method, target, target_kind, args_digest, verdict, rule, rule_source, policy_version, size_bytes, detail, session, request";
  const maybe = fc.option(text);
  const opening = fc.tuple(
    text,
    number,
    text,
    text,
    text,
    text,
    text,
    text,
    text,
    text,
    text,
    text,
    text,
    text,
    number,
    text,
    maybe,
    maybe,
  );
  const closings = "at, status, duration_us, answer_digest, size_bytes, detail";
  const closing = fc.tuple(number, text, number, text, number, text);
  try {
    await fc.assert(
      fc.asyncProperty(opening, closing, async (opened, closed) => {
        await looked(openings, "opened", opened);
        await looked(closings, "closed", closed);
      }),
      { numRuns: 100 },
    );
    added();
    await looked(`"a new one", ${openings}`, "opened", ["null", ...(fc.sample(opening, 1)[0] ?? [])]);
  } finally {
    await log.close();
    db.close();
    await rm(folder, { recursive: true });
  }
});
