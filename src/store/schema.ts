import { digestBytes } from "../call/json.ts";
import type { Applied } from "./migrate.ts";

/** What a database is known by that has been through exactly these steps, in whatever order they are given. */
export function schemaOf(applied: readonly Applied[]): string {
  const lines = applied.map(({ name, checksum }) => `${name} ${checksum}`).toSorted();
  return digestBytes(lines.join("\n")).slice("sha256:".length, "sha256:".length + 16);
}

/**
 * That of a SQLite file which needs none of this program's steps, so that they are not even loaded where nothing is to be done. It
 * follows from their words: src/store/migrate.test.ts says what it must be.
 */
export const SCHEMA = "25329ae0cde822c0";
