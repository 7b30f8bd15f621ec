import type { JsonObject } from "../call/json.ts";
import type { TenantId } from "../call/principal.ts";
import { MAX_ACTS } from "../store/acts.ts";
import { MAX_APPROVALS } from "../store/approvals.ts";
import { MAX_LETTERS } from "../store/outbox.ts";
import { MAX_PAGE, type Store } from "../store/store.ts";
import { HOLDINGS } from "./tables.ts";

/** One line of one file of an export. */
export interface Line {
  /** `calls`, `acts`, or the name of a table. */
  readonly file: string;
  readonly value: unknown;
}

/** How much is read at once: what a reader has not taken yet is not read on. */
const PAGE = 500;

async function* calls({ journal }: ReturnType<Store["forTenant"]>): AsyncGenerator<Line> {
  for (let after: Parameters<typeof journal.page>[0]["after"]; ; ) {
    const page = await journal.page({
      limit: Math.min(PAGE, MAX_PAGE),
      ...(after !== undefined && { after }),
    });
    for (const value of page) yield { file: "calls", value };
    after = page.at(-1)?.opened.call;
    if (page.length < PAGE) return;
  }
}

async function* acts({ acts: kept }: ReturnType<Store["forTenant"]>): AsyncGenerator<Line> {
  for (let after = 0; ; ) {
    const page = await kept.list({ after, limit: Math.min(PAGE, MAX_ACTS) });
    for (const { position: _, ...value } of page) yield { file: "acts", value };
    if (page.length < PAGE) return;
    after = page.at(-1)?.position ?? after;
  }
}

async function* approvals({ approvals: kept }: ReturnType<Store["forTenant"]>): AsyncGenerator<Line> {
  for (let before: Parameters<typeof kept.list>[0]["before"]; ; ) {
    const page = await kept.list({ limit: MAX_APPROVALS, ...(before !== undefined && { before }) });
    for (const value of page) yield { file: "approvals", value };
    before = page.at(-1)?.question.id;
    if (page.length < MAX_APPROVALS) return;
  }
}

async function* notices({ outbox }: Store, tenant: TenantId): AsyncGenerator<Line> {
  for (let before: Parameters<typeof outbox.list>[0]["before"]; ; ) {
    const page = await outbox.list({ tenant, limit: MAX_LETTERS, ...(before !== undefined && { before }) });
    for (const value of page) yield { file: "notices", value };
    before = page.at(-1)?.id;
    if (page.length < MAX_LETTERS) return;
  }
}

/** A cell as JSON has it. */
const cellOf = (value: unknown): unknown =>
  value instanceof Uint8Array ? Buffer.from(value).toString("base64") : value;

async function* rows({ tenants }: Store, tenant: TenantId, table: string): AsyncGenerator<Line> {
  for (let from = 0; ; ) {
    const page = await tenants.rows(tenant, table, from);
    for (const row of page)
      yield {
        file: table,
        value: Object.fromEntries(Object.entries(row).map(([name, value]) => [name, cellOf(value)])),
      };
    if (page.length === 0) return;
    from += page.length;
  }
}

/**
 * Everything of a tenant that may leave the gate, as lines of files: the tenant, its calls, acts, approvals, notices, keys
 * (without their digests), people, and what proves the record. The last line is of the file `manifest`: how many lines each
 * has, and which tables are left out and why.
 */
export async function* exported(store: Store, tenant: TenantId): AsyncGenerator<Line> {
  const own = store.forTenant(tenant);
  const counts: Record<string, number> = {};
  const counted = async function* (lines: AsyncIterable<Line>): AsyncGenerator<Line> {
    for await (const line of lines) {
      counts[line.file] = (counts[line.file] ?? 0) + 1;
      yield line;
    }
  };
  async function* single(): AsyncGenerator<Line> {
    for (const value of await store.tenants.list()) if (value.id === tenant) yield { file: "tenant", value };
    for (const { digest: _, ...value } of await store.credentials.list(tenant)) yield { file: "keys", value };
  }
  yield* counted(single());
  yield* counted(calls(own));
  yield* counted(acts(own));
  yield* counted(approvals(own));
  yield* counted(notices(store, tenant));
  const left: Record<string, string> = {};
  for (const table of await store.tenants.tables()) {
    const out = HOLDINGS[table]?.out ?? { because: "nothing is known of it" };
    if (out === "rows") yield* counted(rows(store, tenant, table));
    else if (out !== "records") left[table] = out.because;
  }
  const manifest: JsonObject = { tenant, lines: counts, left_out: left };
  yield { file: "manifest", value: manifest };
}
