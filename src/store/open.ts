import { randomBytes } from "node:crypto";
import type { TenantId } from "../call/principal.ts";
import type { StoreAddress } from "../config/config.ts";
import { type Queue, queue } from "./journal/queue.ts";
import type { Loading } from "./loading.ts";
import { once } from "./once.ts";
import { outboxLater } from "./outbox.ts";
import { credentialsLater } from "./people/credentials.ts";
import { peopleLater } from "./people/people.ts";
import { signInsLater } from "./people/sign-ins.ts";
import { subjectKeysLater } from "./people/subjects.ts";
import { policiesLater } from "./policies.ts";
import { openDatabase } from "./sqlite/files.ts";
import { sqliteWriter } from "./sqlite/writer.ts";
import type { Store } from "./store.ts";
import { tenantsLater } from "./tenants.ts";

/** What is reached through a tenant; each part's engine is loaded with its first use. */
function tenantStores(written: Queue, load: Loading): Store["forTenant"] {
  const [readers, questions, keys] = [once(load.reader), once(load.approvals), once(load.idempotency)];
  const read = async (tenant: TenantId) => (await readers())(tenant);
  const approvals = async (tenant: TenantId) => (await questions()).of(tenant);
  const keyed = async (tenant: TenantId) => (await keys())(tenant);
  const doings = once(load.acts);
  const acts = async (tenant: TenantId) => (await doings())(tenant);
  const sunk = once(load.sinks);
  const sinks = async (tenant: TenantId) => (await sunk())(tenant);
  const hidden = once(load.secrets);
  const secrets = async (tenant: TenantId) => (await hidden())(tenant);
  const marked = once(load.masks);
  const masks = async (tenant: TenantId) => (await marked())(tenant);
  return (tenant) => ({
    journal: {
      append: async (events, adjustments) =>
        void (events.length > 0 && (await written.enter(tenant, { events, adjustments }))),
      settle: (event, claim) => written.enter(tenant, { events: [event], claim: { ...claim, tenant } }),
      list: async (filter) => await (await read(tenant)).list(filter),
      page: async (filter) => await (await read(tenant)).page(filter),
      find: async (query) => await (await read(tenant)).find(query),
      get: async (call) => await (await read(tenant)).get(call),
      begun: async (principal, tasks) => await (await read(tenant)).begun(principal, tasks),
    },
    approvals: {
      get: async (id) => await (await approvals(tenant)).get(id),
      about: async (...asked) => await (await approvals(tenant)).about(...asked),
      ask: async (question, letters, act) => await (await approvals(tenant)).ask(question, letters, act),
      list: async (filter) => await (await approvals(tenant)).list(filter),
      act: async (id, act) => await (await approvals(tenant)).act(id, act),
    },
    idempotency: {
      begin: async (request) => await (await keyed(tenant)).begin(request),
      finish: async (who, key, answer) => await (await keyed(tenant)).finish(who, key, answer),
      forget: async (who, key) => await (await keyed(tenant)).forget(who, key),
    },
    acts: {
      write: async (act) => await (await acts(tenant)).write(act),
      list: async (filter) => await (await acts(tenant)).list(filter),
      find: async (query) => await (await acts(tenant)).find(query),
    },
    sinks: {
      hold: async (lease, now, first) => await (await sinks(tenant)).hold(lease, now, first),
      move: async (lease, to) => await (await sinks(tenant)).move(lease, to),
      release: async (sink, holder) => await (await sinks(tenant)).release(sink, holder),
      get: async (sink) => await (await sinks(tenant)).get(sink),
    },
    secrets: {
      put: async (secret) => await (await secrets(tenant)).put(secret),
      get: async (name) => await (await secrets(tenant)).get(name),
      list: async () => await (await secrets(tenant)).list(),
      remove: async (name) => await (await secrets(tenant)).remove(name),
    },
    masks: {
      put: async (kept, now) => await (await masks(tenant)).put(kept, now),
      get: async (principal, id, now) => await (await masks(tenant)).get(principal, id, now),
    },
  });
}

function store(written: Queue, load: Loading, release: () => Promise<void>): Store {
  let closing: Promise<void> | undefined;
  const questions = once(load.approvals);
  return {
    forTenant: tenantStores(written, load),
    policies: policiesLater(load.policies),
    credentials: credentialsLater(load.credentials),
    people: peopleLater(load.people),
    signIns: signInsLater(load.signIns),
    tenants: tenantsLater(load.tenants),
    outbox: outboxLater(load.outbox),
    subjects: subjectKeysLater(load.subjects),
    sought: async (since, limit) => await (await questions()).sought(since, limit),
    overdue: async (now, limit, after) => await (await questions()).overdue(now, limit, after),
    check: async () => void (await written.check()),
    close: () => (closing ??= written.close().then(release)),
  };
}

/**
 * Opens the store at that address and brings its schema up to date: a SQLite file (made with mode 0600, its folder
 * 0700) or a PostgreSQL database (its own schema `portcullis`). Nothing is written, and no thread or connection for
 * writing started, before the first append. Rejects with StoreUnusable, which says what, where and how to mend.
 */
export async function openStore(address: StoreAddress): Promise<Store> {
  const gate = `gate_${randomBytes(9).toString("base64url")}`;
  if (address.kind === "sqlite") {
    const file = await openDatabase(address.path);
    const closing: (() => void | Promise<void>)[] = [() => file.close()];
    const load: Loading = {
      reader: async () => {
        const far = (await import("./sqlite/far.ts")).farDatabase(address.path);
        closing.push(far.close);
        return (await import("./sqlite/reading.ts")).sqliteReader(file, far.db);
      },
      policies: async () => (await import("./sqlite/policies.ts")).sqlitePolicies(file),
      credentials: async () => (await import("./sqlite/credentials.ts")).sqliteCredentials(file),
      people: async () => (await import("./sqlite/people.ts")).sqlitePeople(file),
      signIns: async () => (await import("./sqlite/sign-ins.ts")).sqliteSignIns(file),
      outbox: async () => {
        const box = (await import("./sqlite/outbox.ts")).sqliteOutbox(address.path);
        closing.push(box.close);
        return box;
      },
      approvals: async () => (await import("./sqlite/approvals.ts")).sqliteApprovals(file),
      idempotency: async () => (await import("./sqlite/idempotency.ts")).sqliteIdempotency(file),
      acts: async () => (await import("./sqlite/acts.ts")).sqliteActs(file),
      sinks: async () => {
        const drains = (await import("./sqlite/sinks.ts")).sqliteSinks(address.path);
        closing.push(drains.close);
        return drains.of;
      },
      subjects: async () => (await import("./sqlite/subjects.ts")).sqliteSubjects(file),
      secrets: async () => (await import("./sqlite/secrets.ts")).sqliteSecrets(file),
      masks: async () => (await import("./sqlite/masks.ts")).sqliteMasks(file),
      tenants: async () => (await import("./sqlite/tenants.ts")).sqliteTenants(file),
    };
    return store(queue(gate, sqliteWriter(address.path, gate)), load, async () => {
      for (const close of closing) await close();
    });
  }
  const { openPostgres } = await import("./postgres/open.ts");
  const { pool, where } = await openPostgres(address.url);
  const { postgresWriter } = await import("./postgres/writer.ts");
  const { postgresLoading } = await import("./postgres/loading.ts");
  return store(queue(gate, postgresWriter(pool, where, gate)), postgresLoading(pool), () => pool.end());
}
