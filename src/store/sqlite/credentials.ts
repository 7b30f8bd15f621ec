import type { DatabaseSync } from "node:sqlite";
import {
  type Credentials,
  cellsOf,
  KEPT_NONCES,
  KEY_COLUMNS,
  type KeyRow,
  keyOf,
  MAX_KEYS,
} from "../people/credentials.ts";

type Keys = Pick<Credentials, "add" | "get" | "list" | "revoke" | "expire" | "used" | "changes">;

/** What was noted in the last moment before a loss of power may be lost: it need not wait for the disk. */
function lightly<T>(db: DatabaseSync, work: () => T): T {
  db.exec("pragma synchronous = normal");
  try {
    return work();
  } finally {
    db.exec("pragma synchronous = full");
  }
}

function keys(db: DatabaseSync): Keys {
  const columns = KEY_COLUMNS.join(", ");
  const add = db.prepare(
    `insert into api_keys (${columns}) values (${KEY_COLUMNS.map(() => "?").join(", ")})`,
  );
  const get = db.prepare(`select ${columns} from api_keys where id = ?`);
  const list = db.prepare(
    `select ${columns} from api_keys where ?1 is null or tenant = ?1 order by made_at desc, id limit ${MAX_KEYS}`,
  );
  const revoke = db.prepare(
    "update api_keys set revoked_at = ?, revoked_by = ? where id = ? and revoked_at is null",
  );
  const expire = db.prepare(
    "update api_keys set expires_at = min(expires_at, ?) where id = ? and revoked_at is null",
  );
  const used = db.prepare("update api_keys set used_at = ?2 where id = ?1 and coalesce(used_at, 0) < ?2");
  const grow = db.prepare("update credential_changes set changes = changes + 1");
  const changes = db.prepare("select changes from credential_changes");

  /** Whether the work changed a key; then others are to notice. */
  function changing(work: () => boolean): boolean {
    db.exec("begin immediate");
    try {
      const changed = work();
      if (changed) grow.run();
      db.exec("commit");
      return changed;
    } catch (error) {
      if (db.isTransaction) db.exec("rollback");
      throw error;
    }
  }

  return {
    async add(key) {
      changing(() => Number(add.run(...cellsOf(key)).changes) === 1);
    },
    async get(id) {
      const row = get.get(id);
      return row === undefined ? undefined : keyOf(row as unknown as KeyRow);
    },
    async list(tenant) {
      return (list.all(tenant ?? null) as unknown as readonly KeyRow[]).map(keyOf);
    },
    async revoke(id, at, who) {
      return changing(() => Number(revoke.run(at, who, id).changes) === 1);
    },
    async expire(id, at) {
      return changing(() => Number(expire.run(at, id).changes) === 1);
    },
    async used(id, at) {
      lightly(db, () => used.run(id, at));
    },
    async changes() {
      return Number(changes.get()?.["changes"]);
    },
  };
}

/** Credentials in a SQLite file. Keys change rarely and in short transactions, so by the connection that reads. */
export function sqliteCredentials(db: DatabaseSync): Credentials {
  const forget = db.prepare("delete from dpop_proofs where until < ?");
  const spend = db.prepare("insert or ignore into dpop_proofs (proof, until) values (?, ?)");
  const offer = db.prepare("insert or ignore into dpop_nonces (slot, nonce) values (?, ?)");
  const nonce = db.prepare("select nonce from dpop_nonces where slot = ?");
  const drop = db.prepare("delete from dpop_nonces where slot < ?");
  return {
    ...keys(db),
    async spend(proof, until, now) {
      return lightly(db, () => {
        forget.run(now);
        return Number(spend.run(proof, until).changes) === 1;
      });
    },
    async nonce(slot, candidate) {
      return lightly(db, () => {
        drop.run(slot - KEPT_NONCES);
        offer.run(slot, candidate);
        return String(nonce.get(slot)?.["nonce"]);
      });
    },
  };
}
