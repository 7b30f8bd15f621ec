// What stands on a store is tried on both kinds of it, each test in a place of its own.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { Client } from "pg";
import { afterAll, afterEach } from "vitest";
import type { StoreAddress } from "../src/config/config.ts";
import { lending } from "./lending.ts";
import { type Postgres, startPostgres } from "./postgres.ts";

type At<Kind> = Extract<StoreAddress, { readonly kind: Kind }>;

interface Engine<Address extends StoreAddress = StoreAddress> {
  readonly name: "SQLite" | "PostgreSQL";
  /** A place where nothing is yet. A test that changes tables takes this one. */
  readonly nowhere: () => Promise<Address>;
  /** A place where everything is as the first gate leaves it. */
  readonly address: () => Promise<Address>;
}

/** Both kinds of store, until the last test of the file has run. To be called once, at the top of a file. */
export function engines(): readonly [Engine<At<"sqlite">>, Engine<At<"postgres">>] {
  const folder = mkdtempSync(join(tmpdir(), "store-"));
  let files = 0;
  let started: Promise<Postgres> | undefined;
  const postgres = (): Promise<Postgres> => (started ??= startPostgres());
  const { lend, back } = lending(postgres);
  afterEach(back);
  afterAll(async () => {
    await (await started)?.stop();
    rmSync(folder, { recursive: true, force: true });
  });
  const file = async (): Promise<At<"sqlite">> => ({
    kind: "sqlite",
    path: join(folder, String(++files), "store.db"),
  });
  return [
    { name: "SQLite", nowhere: file, address: file },
    {
      name: "PostgreSQL",
      nowhere: async () => ({ kind: "postgres", url: await (await postgres()).database() }),
      address: async () => ({ kind: "postgres", url: await lend() }),
    },
  ];
}

/** Runs one statement as somebody with full access would, past the product, and gives its rows. */
export async function sql(
  address: StoreAddress,
  statement: string,
): Promise<readonly Readonly<Record<string, unknown>>[]> {
  if (address.kind === "sqlite") {
    const db = new DatabaseSync(address.path, { timeout: 5_000 });
    try {
      return db.prepare(statement).all();
    } finally {
      db.close();
    }
  }
  const client = new Client({ connectionString: address.url, options: "-c search_path=portcullis,public" });
  await client.connect();
  try {
    return (await client.query(statement)).rows;
  } finally {
    await client.end();
  }
}
