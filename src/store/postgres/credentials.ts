import type { Pool } from "pg";
import {
  type Credentials,
  cellsOf,
  KEPT_NONCES,
  KEY_COLUMNS,
  type KeyRow,
  keyOf,
  MAX_KEYS,
} from "../people/credentials.ts";

const COLUMNS = KEY_COLUMNS.join(", ");
const GROW = "update portcullis.credential_changes set changes = changes + 1";

/** Credentials in PostgreSQL. */
export function postgresCredentials(pool: Pool): Credentials {
  return {
    async add(key) {
      // The one row of changes is locked by both in turn, so whoever sees a number sees all that it counts.
      const text = `with grown as (${GROW}) insert into portcullis.api_keys (${COLUMNS})
        values (${KEY_COLUMNS.map((_, at) => `$${at + 1}`).join(", ")})`;
      await pool.query(text, [...cellsOf(key)]);
    },
    async get(id) {
      const text = `select ${COLUMNS} from portcullis.api_keys where id = $1`;
      const [row] = (await pool.query<KeyRow>({ name: "api-key", text, values: [id] })).rows;
      return row === undefined ? undefined : keyOf(row);
    },
    async list(tenant) {
      const text = `select ${COLUMNS} from portcullis.api_keys where $1::text is null or tenant = $1
        order by made_at desc, id limit ${MAX_KEYS}`;
      return (await pool.query<KeyRow>(text, [tenant ?? null])).rows.map(keyOf);
    },
    async revoke(id, at, who) {
      const text = `with taken as (update portcullis.api_keys set revoked_at = $1, revoked_by = $2
          where id = $3 and revoked_at is null returning 1)
        ${GROW} where exists (select from taken)`;
      return (await pool.query(text, [at, who, id])).rowCount === 1;
    },
    async expire(id, at) {
      const text = `with ended as (update portcullis.api_keys set expires_at = least(expires_at, $1)
          where id = $2 and revoked_at is null returning 1)
        ${GROW} where exists (select from ended)`;
      return (await pool.query(text, [at, id])).rowCount === 1;
    },
    async used(id, at) {
      const text = "update portcullis.api_keys set used_at = $2 where id = $1 and coalesce(used_at, 0) < $2";
      await pool.query(text, [id, at]);
    },
    async changes() {
      const text = "select changes from portcullis.credential_changes";
      const { rows } = await pool.query<{ changes: number }>({ name: "credential-changes", text });
      return Number(rows[0]?.changes);
    },
    async spend(proof, until, now) {
      await pool.query("delete from portcullis.dpop_proofs where until < $1", [now]);
      const text =
        "insert into portcullis.dpop_proofs (proof, until) values ($1, $2) on conflict (proof) do nothing";
      return (await pool.query(text, [proof, until])).rowCount === 1;
    },
    async nonce(slot, candidate) {
      await pool.query("delete from portcullis.dpop_nonces where slot < $1", [slot - KEPT_NONCES]);
      const text =
        "insert into portcullis.dpop_nonces (slot, nonce) values ($1, $2) on conflict (slot) do nothing";
      await pool.query(text, [slot, candidate]);
      const found = "select nonce from portcullis.dpop_nonces where slot = $1";
      const { rows } = await pool.query<{ nonce: string }>(found, [slot]);
      return rows[0]?.nonce ?? candidate;
    },
  };
}
