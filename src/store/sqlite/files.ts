import { closeSync, existsSync, mkdirSync, openSync } from "node:fs";
import { dirname } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { DatabaseSync } from "node:sqlite";
import type { Applied } from "../migrate.ts";
import { SCHEMA, schemaOf } from "../schema.ts";
import { StoreUnusable } from "../unavailable.ts";
import { BUSY_MS } from "./connection.ts";

/**
 * Owner only: the journal says who called what. What exists keeps its modes, and is not even opened: closing a file
 * drops every lock that this process has on it (https://sqlite.org/howtocorrupt.html, §2.2).
 */
function create(path: string): void {
  try {
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    closeSync(openSync(path, "ax", 0o600)); // SQLite gives its -wal and -shm files the mode of this one
  } catch (error) {
    const { code = "", message } = error as NodeJS.ErrnoException;
    if (code === "EEXIST" && existsSync(path)) return;
    const remedy =
      code === "ENOSPC" || code === "EDQUOT"
        ? "Make room on its disk."
        : "Let this user write there, or point `store:` at another file.";
    throw new StoreUnusable(`it cannot be made (${code || message})`, path, remedy, error);
  }
}

/** What a file has been through. */
function appliedTo(db: DatabaseSync, path: string): readonly Applied[] {
  const tables = db
    .prepare("select name from sqlite_schema where type = 'table'")
    .all()
    .map((row) => row["name"]);
  if (tables.length > 0 && !tables.includes("migrations")) {
    throw new StoreUnusable("it is another program's database", path, "Point `store:` at another file.");
  }
  if (tables.length === 0) return [];
  return db.prepare("select name, checksum from migrations").all() as unknown as Applied[];
}

/** Processes that start at once take turns: who comes second finds nothing left to do. */
async function migrate(db: DatabaseSync, path: string): Promise<void> {
  const applied = appliedTo(db, path);
  if (schemaOf(applied) === SCHEMA) return;
  const { pending } = await import("../migrate.ts");
  if (pending("sqlite", applied, path).length === 0) return;
  db.exec("begin immediate");
  try {
    const left = pending("sqlite", appliedTo(db, path), path);
    db.exec(
      "create table if not exists migrations (name text primary key, checksum text not null, at integer not null) strict",
    );
    for (const { name, checksum, statements } of left) {
      for (const statement of statements) db.exec(statement);
      db.prepare("insert into migrations (name, checksum, at) values (?, ?, ?)").run(
        name,
        checksum,
        Date.now(),
      );
    }
    db.exec("commit");
  } catch (error) {
    if (db.isTransaction) db.exec("rollback");
    throw error;
  }
}

/** SQLite does not wait for its lock when it changes to WAL, so this does. */
async function writeAhead(db: DatabaseSync): Promise<void> {
  for (const deadline = performance.now() + BUSY_MS; ; await sleep(10)) {
    try {
      db.exec("pragma journal_mode = wal");
      return;
    } catch (error) {
      if ((error as { errcode?: number }).errcode !== 5 || performance.now() > deadline) throw error;
    }
  }
}

function unusable(path: string, error: unknown): StoreUnusable {
  if (error instanceof StoreUnusable) return error;
  const { message, errcode = 0 } = error as { message: string; errcode?: number };
  const say = (what: string, remedy: string) => new StoreUnusable(what, path, remedy, error);
  switch (errcode & 0xff) {
    case 5:
    case 6:
      return say("another process has locked it", "End that process, then try again.");
    case 8:
      return say("it is read-only", "Let this user write to the file and its folder.");
    case 11:
      return say("it is damaged", "Move it away and restore a backup.");
    case 13:
      return say("its disk is full", "Make room, then try again.");
    case 26:
      return say("it is not a database", "Point `store:` at another file.");
    default:
      return say(`it cannot be opened (${message})`, "Let this user read and write the file and its folder.");
  }
}

/** Makes the file where there is none, brings its schema up to date and gives a connection to read by. */
export async function openDatabase(path: string): Promise<DatabaseSync> {
  create(path);
  let db: DatabaseSync | undefined;
  try {
    db = new DatabaseSync(path, { timeout: BUSY_MS });
    await writeAhead(db);
    await migrate(db, path);
    return db;
  } catch (error) {
    db?.close();
    throw unusable(path, error);
  }
}
