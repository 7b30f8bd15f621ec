// A folder with a configuration in which everything is allowed, and what its journal says.
import { join } from "node:path";
import { loadRecords } from "../../../src/config/load.ts";
import { openRecords } from "../../../src/privacy/open.ts";
import type { CallRecord, Store } from "../../../src/store/store.ts";
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

/** What is on record, oldest first. */
export async function records(folder: string, since = 0): Promise<readonly CallRecord[]> {
  const store = await recordsOf(folder);
  try {
    return await store.forTenant("default").journal.list({ since, limit: 10_000 });
  } finally {
    await store.close();
  }
}

/** The last call of a tool on record: how it ended, and with which fault. */
export async function lastOf(folder: string, tool: string): Promise<string> {
  const found = (await records(folder)).findLast(({ opened }) => opened.target === tool);
  const fault = found?.closed?.detail["fault"] as string | undefined;
  return found === undefined ? "nothing" : `${found.status}${fault === undefined ? "" : ` ${fault}`}`;
}
