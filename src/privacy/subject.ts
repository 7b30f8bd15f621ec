import { randomBytes } from "node:crypto";
import type { Instant } from "../call/id.ts";
import type { TenantId } from "../call/principal.ts";
import type { SubjectRow } from "../store/people/subjects.ts";
import type { Subject } from "../store/sealed/sealer.ts";
import { commitmentKey, committed } from "./commitment.ts";
import { KEY_BYTES, type SealingKey, seal, sealingKey, Unreadable, unseal } from "./jwe.ts";
import type { TenantKeys } from "./masters.ts";

const ID_BYTES = 15;

function subjectOf(id: string, name: string, data_key: Uint8Array, key: SealingKey): Subject {
  const commitment = commitmentKey(data_key);
  return {
    id,
    name,
    seal: (text) => seal(key, text),
    unseal: (token) => unseal(key, token),
    commit: (value) => committed(commitment, value),
  };
}

/** A data key, wrapped for this subject alone: it opens under no other id. */
function wrap(master: SealingKey, id: string, data_key: Uint8Array): string {
  return seal(master, `${id} ${Buffer.from(data_key).toString("base64url")}`);
}

function unwrap(master: SealingKey, { id, key }: SubjectRow): Uint8Array {
  const [whose, text = ""] = unseal(master, key).split(" ");
  const data_key = Buffer.from(text, "base64url");
  if (whose !== id || data_key.length !== KEY_BYTES) throw new Unreadable("a data key is another's");
  return data_key;
}

/** Somebody new, with a key of their own. */
export function newSubject(
  keys: TenantKeys,
  tenant: TenantId,
  name: string,
  at: Instant,
): { readonly subject: Subject; readonly row: SubjectRow } {
  const id = `sub_${randomBytes(ID_BYTES).toString("base64url")}`;
  const data_key = randomBytes(KEY_BYTES);
  const subject = subjectOf(id, name, data_key, sealingKey(data_key, id));
  const { current, lookup } = keys;
  const key = wrap(current, id, data_key);
  return {
    subject,
    row: { tenant, id, at, lookup: lookup(name), name: subject.seal(name), master: current.n, key },
  };
}

/** The master key that a row needs is not among these. */
export class StaleKeys extends Error {
  override readonly name = "StaleKeys";
}

function masterOf(keys: TenantKeys, n: number): SealingKey {
  const master = keys.masters.get(n);
  if (master === undefined) throw new StaleKeys(`master key ${n} is not known`);
  return master;
}

/** Whom a row is about. Throws StaleKeys, or Unreadable where the row was changed by hand. */
export function openSubject(keys: TenantKeys, row: SubjectRow): Subject {
  const data_key = unwrap(masterOf(keys, row.master), row);
  const key = sealingKey(data_key, row.id);
  return subjectOf(row.id, unseal(key, row.name), data_key, key);
}

/** The row with its data key wrapped by the master key in use. Throws as `openSubject`. */
export function rewrapSubject(keys: TenantKeys, row: SubjectRow): SubjectRow & { readonly from: number } {
  const data_key = unwrap(masterOf(keys, row.master), row);
  const { current } = keys;
  return { ...row, key: wrap(current, row.id, data_key), master: current.n, from: row.master };
}
