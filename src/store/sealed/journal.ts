import type { CallId } from "../../call/id.ts";
import type { TenantId } from "../../call/principal.ts";
import type { CallQuery, Found } from "../journal/found.ts";
import type { CallRecord, JournalEvent, Opened, TenantJournal } from "../store.ts";
import { sealQuestionMatter } from "./approvals.ts";
import { SEALED, sealClosed, sealOpened, unsealClosed, unsealOpened } from "./row.ts";
import type { Sealer, Subject } from "./sealer.ts";

function whose(event: JournalEvent): string | undefined {
  return event.principal;
}

/** An event as it is kept; at once where whose it is is known here. */
function sealEvent(
  sealer: Sealer,
  tenant: TenantId,
  event: JournalEvent,
): JournalEvent | Promise<JournalEvent> {
  const principal = whose(event);
  if (principal === undefined) return event;
  const sealed = (subject: Subject): JournalEvent =>
    event.kind === "opened" ? sealOpened(event, subject) : sealClosed(event, subject);
  const subject = sealer.of(tenant, principal);
  return subject instanceof Promise ? subject.then(sealed) : sealed(subject);
}

function subjectsIn(records: readonly CallRecord[]): readonly string[] {
  const sealed = records.filter(
    ({ opened, closed }) => opened.detail[SEALED] !== undefined || closed?.detail[SEALED] !== undefined,
  );
  return [...new Set(sealed.map(({ opened }) => opened.principal))];
}

function open(record: CallRecord, subjects: ReadonlyMap<string, Subject>): CallRecord {
  const subject = subjects.get(record.opened.principal);
  const { opened, closed } = record;
  return Object.freeze({
    ...record,
    opened: unsealOpened(opened, subject),
    closed: closed === undefined ? undefined : unsealClosed(closed, subject),
  });
}

/** Records as they were written. What is not sealed stays as it is. */
async function openRecords(
  sealer: Sealer,
  tenant: TenantId,
  records: readonly CallRecord[],
): Promise<readonly CallRecord[]> {
  const ids = subjectsIn(records);
  if (ids.length === 0) return records;
  const subjects = await sealer.by(tenant, ids);
  return records.map((record) => open(record, subjects));
}

/** A URI, and so the address of a resource, which stands in rows as a commitment. */
const ADDRESS = /^[a-z][a-z0-9+.-]*:/i;

/** The same question of rows that are sealed and of those of the time before; one where nothing of it is sealed. */
async function asked(sealer: Sealer, tenant: TenantId, query: CallQuery): Promise<readonly CallQuery[]> {
  const { principal, target } = query;
  if (principal === undefined) return [query];
  const subject = await sealer.find(tenant, principal);
  if (subject === undefined) return [query];
  const isAddress = target !== undefined && ADDRESS.test(target);
  const own = {
    ...query,
    principal: subject.id,
    ...(isAddress && { target: subject.commit(target) }),
  };
  return [own, query];
}

/** Pages of the same order as one: as far as all of them have come. */
function merged(pages: readonly Found[], { order, limit }: CallQuery): Found {
  const [only, ...more] = pages;
  if (only !== undefined && more.length === 0) return only;
  const isBefore = (a: CallId, b: CallId): boolean => (order === "newest" ? a > b : a < b);
  const ends = pages.flatMap(({ next }) => (next === undefined ? [] : [next]));
  const frontier = ends.reduce<CallId | undefined>(
    (nearest, end) => (nearest === undefined || isBefore(end, nearest) ? end : nearest),
    undefined,
  );
  const found = pages
    .flatMap(({ records }) => records)
    .filter(({ opened: { call } }) => frontier === undefined || !isBefore(frontier, call))
    .toSorted((a, b) => (isBefore(a.opened.call, b.opened.call) ? -1 : 1));
  const records = found.slice(0, limit);
  const last = records.at(-1)?.opened.call;
  return { records, next: found.length > records.length ? last : frontier };
}

/** A journal that seals what it is given and opens what it gives. Nothing is awaited for who is known already. */
export function sealedJournal(inner: TenantJournal, tenant: TenantId, sealer: Sealer): TenantJournal {
  const opened = (records: readonly CallRecord[]) => openRecords(sealer, tenant, records);
  return {
    async append(events, adjustments) {
      const sealed: JournalEvent[] = [];
      for (const event of events) {
        const one = sealEvent(sealer, tenant, event);
        sealed.push(one instanceof Promise ? await one : one);
      }
      return await inner.append(sealed, adjustments);
    },
    async settle(event, claim) {
      const one = sealEvent(sealer, tenant, event);
      const sealed = (one instanceof Promise ? await one : one) as Opened;
      const { matter } = claim;
      if (matter === undefined) return await inner.settle(sealed, claim);
      return await inner.settle(sealed, {
        ...claim,
        matter: await sealQuestionMatter(sealer, tenant, matter),
      });
    },
    list: async (filter) => await opened(await inner.list(filter)),
    page: async (filter) => await opened(await inner.page(filter)),
    async find(query) {
      const pages: Found[] = [];
      for (const each of await asked(sealer, tenant, query)) pages.push(await inner.find(each));
      const { records, next } = merged(pages, query);
      return { records: await opened(records), next };
    },
    async get(call) {
      const record = await inner.get(call);
      return record === undefined ? undefined : (await opened([record]))[0];
    },
    async begun(principal, tasks) {
      const subject = await sealer.find(tenant, principal);
      const own = subject === undefined ? [] : await inner.begun(subject.id, tasks);
      // Of the time before there were keys.
      return await opened([...own, ...(await inner.begun(principal, tasks))]);
    },
  };
}
