import type { CallId } from "../../call/id.ts";
import type { TenantId } from "../../call/principal.ts";
import type { KeptPolicy, Policies } from "../../store/policies.ts";
import { type Cells, type Leaf, type LogTables, MAX_LEAVES, type Signed } from "../../store/log.ts";
import { recordText } from "../log/record.ts";
import { loadOf } from "../log/sign.ts";
import { originOf, parseCheckpoint } from "../note/checkpoint.ts";
import { noteText, parseNote } from "../note/note.ts";
import { frontierAt, inclusionProof, remembering } from "../tree/prove.ts";
import { HASH_BYTES } from "../tree/hash.ts";

/** What a bundle is made of (docs/LOG-FORMAT.md): a line of JSON each. */
export type Line = Readonly<Record<string, unknown>>;

const PAGE = 1024;
const MAX_NOTES = 4096;

const base64 = (hash: Uint8Array): string => Buffer.from(hash).toString("base64");

/** The checkpoint with every signature of it that is known. */
export async function signedBy(log: LogTables, { tenant, size, note }: Signed): Promise<string> {
  const parsed = parseNote(note);
  const lines = (await log.cosignatures(tenant, size)).map(({ line }) => `${line}\n`);
  return parsed === undefined ? note : `${noteText(parsed)}${lines.join("")}`;
}

/** What a leaf was made of. Throws Error where its row is gone. */
async function records(
  log: LogTables,
  tenant: TenantId,
  leaves: readonly Leaf[],
): Promise<readonly string[]> {
  const rows = new Map<string, ReadonlyMap<string, Cells>>();
  for (const [kind, group] of Map.groupBy(leaves, (leaf) => leaf.kind))
    rows.set(
      kind,
      await log.rows(
        tenant,
        kind,
        group.map(({ id }) => id),
      ),
    );
  return leaves.map(({ kind, id, index }) => {
    const cells = rows.get(kind)?.get(id);
    if (cells === undefined)
      throw new Error(`record ${index} (${kind} ${id}) is gone: portcullis audit verify`);
    return recordText(kind, cells);
  });
}

/** That there is nothing signed to prove anything by. */
export class Unsigned extends Error {
  override readonly name = "Unsigned";
}

/**
 * A log as an auditor gets it: from record `from` on, as far as it is signed, with every checkpoint on the way. One line at
 * a time. Throws Unsigned where nothing is signed beyond `from`.
 */
export async function* logBundle(log: LogTables, tenant: TenantId, from: number): AsyncGenerator<Line> {
  const last = await log.checkpoint(tenant);
  if (last === undefined || last.size <= from)
    throw new Unsigned(`no checkpoint of tenant ${tenant} is of more than ${from} records`);
  const frontier = await frontierAt(from, loadOf(log, tenant));
  yield {
    bundle: "log",
    v: 1,
    origin: originOf(await log.store(), tenant),
    tenant,
    from,
    frontier: Array.from({ length: frontier.length / HASH_BYTES }, (_, at) =>
      base64(frontier.subarray(at * HASH_BYTES, (at + 1) * HASH_BYTES)),
    ),
  };
  let notes = await log.checkpoints(tenant, Math.max(0, from - 1), MAX_NOTES);
  for (let at = from; ; ) {
    for (let next = notes[0]; next !== undefined && next.size === at; next = notes[0]) {
      yield { checkpoint: await signedBy(log, next) };
      notes = notes.length > 1 ? notes.slice(1) : await log.checkpoints(tenant, next.size, MAX_NOTES);
    }
    if (at >= last.size) break;
    const upto = Math.min(notes[0]?.size ?? last.size, last.size);
    const leaves = await log.leaves(tenant, at, Math.min(PAGE, MAX_LEAVES, upto - at));
    if (leaves.length === 0) throw new Error(`record ${at} is gone: portcullis audit verify`);
    const texts = await records(log, tenant, leaves);
    for (const [nth, { index }] of leaves.entries()) yield { index, record: texts[nth] };
    at += leaves.length;
  }
  yield { end: last.size };
}

/**
 * That a call is in the log, and under which policy it was decided: its records, the path of each to a signed checkpoint, and
 * the texts of the policy where they are kept. Gives undefined where there is no such call in the log; throws Unsigned where it is
 * in the log, and no checkpoint is of it yet.
 */
export async function callBundle(
  log: LogTables,
  policies: Pick<Policies, "get">,
  tenant: TenantId,
  call: CallId,
): Promise<readonly Line[] | undefined> {
  const found = [await log.leafOf(tenant, "opened", call), await log.leafOf(tenant, "closed", call)];
  const leaves = found.filter((leaf) => leaf !== undefined);
  if (leaves.length === 0) return undefined;
  const signed = await log.checkpoint(tenant);
  const size = signed === undefined ? 0 : (parseCheckpoint(signed.note)?.checkpoint.size ?? 0);
  const within = leaves.filter(({ index }) => index < size);
  if (signed === undefined || within.length === 0)
    throw new Unsigned(
      `no checkpoint is of ${call} yet: one is signed within the time that log.checkpoint_s says`,
    );
  const texts = await records(log, tenant, within);
  const lines: Line[] = [
    { bundle: "records", v: 1, origin: originOf(await log.store(), tenant), tenant, call },
    { checkpoint: await signedBy(log, signed) },
  ];
  const load = remembering(loadOf(log, tenant));
  for (const [nth, { index }] of within.entries()) {
    const proof = await inclusionProof(index, size, load);
    lines.push({ index, record: texts[nth], proof: proof.map(base64) });
  }
  const policy = await policyOf(policies, texts[0] ?? "");
  if (policy !== undefined) lines.push({ policy });
  return [...lines, { end: within.length }];
}

async function policyOf(policies: Pick<Policies, "get">, record: string): Promise<KeptPolicy | undefined> {
  const { row } = JSON.parse(record) as { readonly row: Cells };
  const version = row["policy_version"];
  return typeof version === "string" && version !== "" ? await policies.get(version) : undefined;
}
