import type { Migration } from "../migrate.ts";

/** What a call is found by that somebody knows from outside. Rows of before have null there, and keep their leaves. */
const COLUMNS = ["session", "request"] as const;

/**
 * The session in which a call was asked (a UUID of the gate's own; "" where there is none), and what its HTTP exchange was called
 * where that does not follow from the call's id.
 */
export const exchanges: Migration = {
  name: "0026-exchanges",
  sqlite: COLUMNS.flatMap((column) => [
    `alter table opened add column ${column} text`,
    `create index opened_${column} on opened (tenant, ${column}, call) where ${column} <> ''`,
  ]),
  postgres: COLUMNS.flatMap((column) => [
    `alter table portcullis.opened add column ${column} text collate "C"`,
    `create index opened_${column} on portcullis.opened (tenant, ${column}, call) where ${column} <> ''`,
  ]),
};
