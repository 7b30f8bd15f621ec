import type { DatabaseSync, StatementSync } from "node:sqlite";
import type { Coming } from "../log.ts";

const named = (name: string): string => `"${name.replaceAll('"', '""')}"`;
const quoted = (text: string): string => `'${text.replaceAll("'", "''")}'`;

/** A column as a member of the row, after a comma: of one that is null nothing. */
function memberOf(column: string): string {
  // JSON null is the text `null`, and JSON of the text "null" is not.
  return `${quoted(`,${JSON.stringify(column)}:`)} || nullif(json_quote(r.${named(column)}), 'null')`;
}

function texts(db: DatabaseSync, kind: "opened" | "closed"): StatementSync {
  const members = db
    .prepare("select name from pragma_table_info(?)")
    .all(kind)
    .map(({ name }) => String(name))
    .sort()
    .map(memberOf);
  const statement = db.prepare(
    `select r.seq, r.tenant, r.call, char(0) || ${quoted(`{"kind":"${kind}","row":{`)} || substr(concat(${members.join(", ")}), 2)
       || '},"v":1}' from ${kind} r where r.seq > ? and r.seq <= ?`,
  );
  statement.setReturnArrays(true);
  return statement;
}

type Texted = readonly [seq: number, tenant: string, call: string, text: string];

/**
 * What the leaves of journal rows are the hashes of, in the order of their positions, as `recordText` would make it: SQLite writes
 * text in JSON as RFC 8785 does. A row read cell by cell and put together here costs more than twice as much.
 */
export function journalReader(db: DatabaseSync): (from: number, position: number) => readonly Coming[] {
  const schema = db.prepare("pragma schema_version");
  let known: { readonly version: unknown; readonly opened: StatementSync; readonly closed: StatementSync };
  return (from, position) => {
    // A newer program may have added a column since, and fills it.
    const version = schema.get()?.["schema_version"];
    if (version !== known?.version)
      known = { version, opened: texts(db, "opened"), closed: texts(db, "closed") };
    const read = (kind: "opened" | "closed") =>
      (known[kind].all(from, position) as unknown as readonly Texted[]).map(([seq, tenant, id, text]) => ({
        seq,
        coming: { tenant, kind, id, text } as const,
      }));
    return [...read("opened"), ...read("closed")].sort((a, b) => a.seq - b.seq).map(({ coming }) => coming);
  };
}
