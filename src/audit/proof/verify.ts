import type { KeyObject } from "node:crypto";
import type { TenantId } from "../../call/principal.ts";
import type { LogTables, Tree } from "../../store/log.ts";
import { loadOf } from "../log/sign.ts";
import { originOf, parseCheckpoint } from "../note/checkpoint.ts";
import type { Verifier } from "../note/note.ts";
import { NO_TREE } from "../tree/grow.ts";
import { sameHash } from "../tree/hash.ts";
import { frontierAt } from "../tree/prove.ts";
import { type Finding, recordName } from "./finding.ts";
import { ofLog } from "./anchored.ts";
import { checkSignatures, type Known, type Vow } from "./signed.ts";
import { walk } from "./walk.ts";

/** What a log is held against. */
export interface Against {
  /** Undefined: nothing was ever signed here. */
  readonly key: KeyObject | undefined;
  readonly witnesses: readonly Verifier[];
  /** Checkpoints that were kept elsewhere: by an auditor, in an anchor. */
  readonly known: readonly Known[];
  /** A checkpoint that was verified before: what it vouches for is not read again. */
  readonly since: Known | undefined;
}

export interface Report {
  readonly tenant: TenantId;
  readonly origin: string;
  /** Records in the log, and how many of them were read. */
  readonly records: number;
  readonly read: number;
  readonly checkpoints: number;
  readonly cosigned: number;
  /** Records that no checkpoint vouches for yet. */
  readonly unsigned: number;
  /** The first of them, at most `MAX_FINDINGS`; `found` is how many there are. */
  readonly findings: readonly Finding[];
  readonly found: number;
}

const MAX_FINDINGS = 100;

/** The tree at a checkpoint that was verified before, from what is kept of it. */
async function startAt(log: LogTables, tenant: TenantId, size: number): Promise<Tree | undefined> {
  try {
    return { size, frontier: await frontierAt(size, loadOf(log, tenant)) };
  } catch {
    return undefined; // it has not got that many
  }
}

/** Whether the log of a tenant is whole, unaltered and as it was signed. Rejects as the store does. */
export async function verifyLog(log: LogTables, tenant: TenantId, against: Against): Promise<Report> {
  const origin = originOf(await log.store(), tenant);
  const findings: Finding[] = [];
  let found = 0;
  const add = (finding: Omit<Finding, "tenant">): void => {
    found += 1;
    if (findings.length < MAX_FINDINGS) findings.push({ tenant, ...finding });
  };
  const { key, since } = against;
  const known = [...ofLog(against.known, origin), ...(since === undefined ? [] : [since])];
  const signatures =
    key === undefined
      ? { vows: [] as readonly Vow[], findings: [], own: 0, cosigned: 0 }
      : await checkSignatures(log, tenant, origin, { ...against, key, known });
  signatures.findings.forEach(add);
  const from = since === undefined ? 0 : (parseCheckpoint(since.note)?.checkpoint.size ?? 0);
  const start = from === 0 ? NO_TREE : await startAt(log, tenant, from);
  const vows = signatures.vows.filter(({ size }) => size >= from);
  // What it had then is gone: it is gone through from the start, so that what is missing is named.
  const ended = await walk({ log, tenant, vows, found: add }, start ?? NO_TREE);
  await checkEnd(log, tenant, ended, add);
  for (const { kind, id } of await log.unlogged(tenant, MAX_FINDINGS)) {
    const what = "it has no leaf: it was written beside the log, or its leaf was taken away";
    add({ kind: "inserted", record: recordName(kind, id), what });
  }
  const last = signatures.vows.findLast(({ size }) => size <= ended.size);
  return {
    tenant,
    origin,
    records: ended.size,
    read: ended.size - (start?.size ?? 0),
    checkpoints: signatures.own,
    cosigned: signatures.cosigned,
    unsigned: ended.size - (last?.size ?? 0),
    findings,
    found,
  };
}

/** Whether the tree that the next leaf is added to is the one that was walked. */
async function checkEnd(
  log: LogTables,
  tenant: TenantId,
  walked: Tree,
  add: (finding: Omit<Finding, "tenant">) => void,
): Promise<void> {
  const tree = await log.tree(tenant);
  if (tree.size > walked.size) {
    // A gate that runs has added some meanwhile.
    const [next] = await log.leaves(tenant, walked.size, 1);
    if (next !== undefined && next.index === walked.size) return;
    const what = `the log has had ${tree.size} records, and ${walked.size} are there`;
    add({ kind: "truncated", index: walked.size, what });
  } else if (tree.size < walked.size || !sameHash(tree.frontier, walked.frontier))
    add({
      kind: "tree",
      index: tree.size,
      what: "what the next record is added to is not what the leaves give",
    });
}
