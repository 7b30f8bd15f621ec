import { escapeIdentifier, type Pool } from "pg";
import type { Coming, LeafKind } from "../log.ts";

const HASH_BYTES = 32;

type Kind = "opened" | "closed";

/** The columns of both tables, in the order of RFC 8785. Asked each time: a newer version may have added one since, and fills it. */
async function columnsOf(pool: Pool): Promise<Readonly<Record<Kind, string>>> {
  const { rows } = await pool.query<{ table: Kind; name: string }>(
    `select relname as table, attname as name from pg_attribute join pg_class c on c.oid = attrelid
     where attrelid in ('portcullis.opened'::regclass, 'portcullis.closed'::regclass) and attnum > 0 and not attisdropped
     order by attname collate "C"`,
  );
  const of = (kind: Kind): string =>
    rows.flatMap(({ table, name }) => (table === kind ? [escapeIdentifier(name)] : [])).join(", ");
  return { opened: of("opened"), closed: of("closed") };
}

/** Leaves of journal rows, as `rowHash` would make them: PostgreSQL writes text in JSON as RFC 8785 does. */
function hashText(kind: Kind, columns: string): string {
  return `select r.seq, '${kind}' as kind, r.tenant, r.call as id, sha256('\\x00'::bytea || convert_to(
      '{"kind":"${kind}","row":' || json_strip_nulls(row_to_json(r))::text || ',"v":1}', 'UTF8')) as hash
    from (select ${columns} from portcullis.${kind} where seq > $1 and seq <= $2) r`;
}

interface Hashed {
  readonly rows: readonly (readonly [kind: LeafKind, tenant: string, id: string])[] | null;
  readonly hashes: Buffer | null;
}

/**
 * The leaves of what the journal has between two positions, in their order. The gate keeps this log on the thread that serves
 * calls: it reads no cell but these, and all of them in one row, of which each costs more than what stands in it.
 */
export async function journalRows(pool: Pool, from: number, position: number): Promise<readonly Coming[]> {
  if (position === from) return [];
  const { opened, closed } = await columnsOf(pool);
  const found = await pool.query<Hashed>(
    `select json_agg(json_build_array(kind, tenant, id) order by seq) as rows, string_agg(hash, ''::bytea order by seq) as hashes
     from (${hashText("opened", opened)} union all ${hashText("closed", closed)}) leaf`,
    [from, position],
  );
  const { rows, hashes } = found.rows[0] ?? { rows: null, hashes: null };
  return (rows ?? []).map(([kind, tenant, id], at) => {
    const hash = (hashes ?? Buffer.alloc(0)).subarray(at * HASH_BYTES, (at + 1) * HASH_BYTES);
    return { kind, tenant, id, hash };
  });
}
