import type { KeyObject } from "node:crypto";
import type { LogTables } from "../../store/log.ts";
import type { TenantId } from "../../call/principal.ts";
import { parseCheckpoint } from "../note/checkpoint.ts";
import { parseNote, type Verifier, verifierOf, vouched } from "../note/note.ts";
import type { Finding } from "./finding.ts";

/** A checkpoint that somebody kept, and where it comes from. */
export interface Known {
  readonly source: string;
  readonly note: string;
}

/** A checkpoint whose signature holds: what the log must have been. */
export interface Vow {
  readonly source: string;
  readonly size: number;
  readonly root: Uint8Array;
  /** When it was signed, ms: by the log's own word, or a witness's where one is earlier. */
  readonly at: number | undefined;
}

export interface Signatures {
  readonly vows: readonly Vow[];
  readonly findings: readonly Finding[];
  /** Checkpoints in the store that the log's key signed. */
  readonly own: number;
  /** Checkpoints with a good signature of a witness that is known here. */
  readonly cosigned: number;
}

const PAGE = 1000;

async function cosignatures(
  log: LogTables,
  tenant: TenantId,
  {
    size,
    text,
    witnesses,
  }: { readonly size: number; readonly text: string; readonly witnesses: readonly Verifier[] },
): Promise<{ readonly times: readonly number[]; readonly findings: readonly Finding[] }> {
  const times: number[] = [];
  const findings: Finding[] = [];
  for (const { witness, line } of await log.cosignatures(tenant, size)) {
    const known = witnesses.find(({ name }) => name === witness);
    if (known === undefined) continue;
    const note = parseNote(`${text}\n${line}\n`);
    const good = note === undefined ? false : vouched(note, known);
    if (good === undefined || good === false) {
      const what = `what stands for ${witness}'s signature under the checkpoint of ${size} records is not theirs`;
      findings.push({ tenant, kind: "cosignature", what });
    } else if (good.at !== undefined) times.push(good.at);
  }
  return { times, findings };
}

/** Reads one note: what it vows, or what is wrong with it. */
function read(
  tenant: TenantId,
  { source, note: text }: Known,
  origin: string,
  key: KeyObject,
): { readonly vow: Vow; readonly text: string } | Finding {
  const parsed = parseCheckpoint(text);
  if (parsed === undefined)
    return { tenant, kind: "signature", what: `${source} cannot be read: it is no checkpoint` };
  const { note, checkpoint } = parsed;
  const { size, root } = checkpoint;
  if (checkpoint.origin !== origin)
    return { tenant, kind: "signature", what: `${source} is of another log: ${checkpoint.origin}` };
  const plain = vouched(note, verifierOf(origin, key));
  const timed = vouched(note, verifierOf(origin, key, "cosignature/v1"));
  if (plain === undefined || plain === false || timed === false)
    return { tenant, kind: "signature", what: `${source} (${size} records) is not signed by the log's key` };
  return { vow: { source, size, root, at: timed?.at }, text: note.text };
}

/** Checks every checkpoint of a tenant, those of the store and those that others kept, by themselves. */
export async function checkSignatures(
  log: LogTables,
  tenant: TenantId,
  origin: string,
  given: {
    readonly key: KeyObject;
    readonly witnesses: readonly Verifier[];
    readonly known: readonly Known[];
  },
): Promise<Signatures> {
  const vows: Vow[] = [];
  const findings: Finding[] = [];
  let cosigned = 0;
  for (let after = -1; ; ) {
    const page = await log.checkpoints(tenant, after, PAGE);
    for (const { size, note } of page) {
      after = size;
      const one = read(tenant, { source: `the checkpoint of ${size} records`, note }, origin, given.key);
      if (!("vow" in one)) {
        findings.push(one);
        continue;
      }
      if (one.vow.size !== size)
        findings.push({ tenant, kind: "signature", what: `${one.vow.source} is of ${one.vow.size} records` });
      const { times, findings: wrong } = await cosignatures(log, tenant, {
        size,
        text: one.text,
        witnesses: given.witnesses,
      });
      findings.push(...wrong);
      if (times.length > 0) cosigned += 1;
      const at = [one.vow.at, ...times].filter((each) => each !== undefined);
      vows.push({ ...one.vow, at: at.length === 0 ? undefined : Math.min(...at) });
    }
    if (page.length < PAGE) break;
  }
  const own = vows.length;
  for (const known of given.known) {
    const one = read(tenant, known, origin, given.key);
    if ("vow" in one) vows.push(one.vow);
    else findings.push(one);
  }
  vows.sort((a, b) => a.size - b.size);
  return { vows, findings, own, cosigned };
}
