// A folder with a configuration in which everything is allowed, and what its journal says.
import { join } from "node:path";
import { afterAll } from "vitest";
import { loadRecords } from "../../../src/config/load.ts";
import { openRecords } from "../../../src/privacy/open.ts";
import type { CallRecord, Store, TenantJournal } from "../../../src/store/store.ts";
import { folderWith } from "../../gate/running.ts";

const SERVERS = `${import.meta.dirname}/../../servers`;

/** An entry of `mcpServers` that runs one of the misbehaving servers. */
export function unruly(...wrong: readonly string[]): object {
  return { command: process.execPath, args: [`${SERVERS}/unruly-stdio.ts`, ...wrong] };
}

/** An entry that runs a server of 2026-07-28 only. */
export const MODERN: object = { command: process.execPath, args: [`${SERVERS}/modern-stdio.ts`] };

/** An entry that runs a server which appends the id of each call to a file before it answers. */
export function counting(file: string): object {
  return { command: process.execPath, args: [`${import.meta.dirname}/counting-server.ts`, file] };
}

export function allowAll(mcpServers: Readonly<Record<string, object>>, more: object = {}): string {
  return folderWith({
    "portcullis.yaml": JSON.stringify({ version: 1, policy: ["policy.yaml"], mcpServers, ...more }),
    "policy.yaml": "defaults: { verdict: allow }\nrules: []\n",
  });
}

export const journalOf = (folder: string): string => join(folder, ".portcullis", "portcullis.db");

/** The records of the gate in a folder, as it reads them itself. */
export function recordsOf(folder: string): Promise<Store> {
  return openRecords(loadRecords({ file: join(folder, "portcullis.yaml") }));
}

const kept = new Map<string, Promise<Store>>();
afterAll(async () => {
  for (const store of kept.values()) await (await store).close();
});

/** Those records, opened once for all who ask until the file of tests is done. */
function journal(folder: string): Promise<TenantJournal> {
  const store = kept.get(folder) ?? recordsOf(folder);
  kept.set(folder, store);
  return store.then((opened) => opened.forTenant("default").journal);
}

/** What is on record, oldest first. */
export async function records(folder: string, since = 0): Promise<readonly CallRecord[]> {
  return (await journal(folder)).list({ since, limit: 10_000 });
}

/** The last call of a tool on record: how it ended, and with which fault. */
export async function lastOf(folder: string, tool: string): Promise<string> {
  const [found] = (await (await journal(folder)).find({ target: tool, order: "newest", limit: 1 })).records;
  const fault = found?.closed?.detail["fault"] as string | undefined;
  return found === undefined ? "nothing" : `${found.status}${fault === undefined ? "" : ` ${fault}`}`;
}
