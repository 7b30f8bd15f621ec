import { existsSync, readFileSync } from "node:fs";
import { parseCheckpoint, tenantOfOrigin } from "../../audit/note/checkpoint.ts";
import { parseVerifier, type Verifier } from "../../audit/note/note.ts";
import { anchorNotes, askWitnesses } from "../../audit/proof/anchored.ts";
import type { Finding } from "../../audit/proof/finding.ts";
import type { Known } from "../../audit/proof/signed.ts";
import { type Report, verifyLog } from "../../audit/proof/verify.ts";
import { printable } from "../../document/render.ts";
import { Failure } from "../failure.ts";
import { jsonLine, print } from "../out.ts";
import { say } from "../say.ts";
import { type Evidence, givenKey, ownKey, withEvidence } from "./evidence.ts";
import { offline } from "./offline.ts";

/** A checkpoint that somebody kept, in a file. */
function kept(path: string): Known {
  if (!existsSync(path))
    throw new Failure(2, `${path} does not exist`, "portcullis audit checkpoint > FILE keeps one");
  const note = readFileSync(path, "utf8");
  if (parseCheckpoint(note) === undefined)
    throw new Failure(2, `${path} is no checkpoint`, "portcullis audit checkpoint > FILE keeps one");
  return { source: path, note };
}

export function witnessesOf(options: Readonly<Record<string, unknown>>): readonly Verifier[] {
  return ((options["witness"] as readonly string[] | undefined) ?? []).map((text) => {
    const key = parseVerifier(text);
    if (key === undefined)
      throw new Failure(2, `${text} is no key of a witness`, "name+id+key, as `audit witness` prints it");
    return key;
  });
}

function findingText({ index, record, what }: Finding): string {
  const where = [index === undefined ? [] : [`record ${index}`], record === undefined ? [] : [record]].flat();
  return printable(where.length === 0 ? what : `${where.join(", ")}: ${what}`);
}

async function tellReport(report: Report, json: boolean): Promise<void> {
  const { tenant, records, read, checkpoints, cosigned, unsigned, findings, found } = report;
  if (json) {
    await print(jsonLine(report));
    return;
  }
  for (const finding of findings) await print(`${finding.kind}  ${findingText(finding)}`);
  if (found > findings.length) await print(`and ${found - findings.length} more`);
  const rest = unsigned === 0 ? "" : `, ${unsigned} not signed yet`;
  const part = read === records ? "" : `, ${read} of them read`;
  const summary = `tenant ${printable(tenant)}: ${records} records${part}, ${checkpoints} checkpoints, ${cosigned} of them witnessed${rest}`;
  say(found > 0 ? "fail" : records === 0 ? "warn" : "ok", summary);
}

function withFindings(report: Report, more: readonly Finding[]): Report {
  return { ...report, findings: [...report.findings, ...more], found: report.found + more.length };
}

/** Whose log a checkpoint is of; undefined where it is of another store. */
function tenantOfNote({ note }: Known, store: string): string | undefined {
  return tenantOfOrigin(parseCheckpoint(note)?.checkpoint.origin ?? "", store);
}

/** Whose logs are gone through: all that the store knows, and all that an anchor has seen of it, or the one that is named. */
async function tenantsOf(
  { log }: Evidence,
  only: string | undefined,
  since: Known | undefined,
  known: readonly Known[],
): Promise<readonly string[]> {
  if (only !== undefined) return [only];
  const store = await log.store();
  if (since === undefined) {
    const seen = known.flatMap((each) => tenantOfNote(each, store) ?? []);
    return [...new Set([...(await log.tenants()), ...seen])].toSorted();
  }
  const tenant = tenantOfNote(since, store);
  if (tenant === undefined) throw new Failure(1, `${since.source} is a checkpoint of another log`);
  return [tenant];
}

/** The reports of all tenants that are asked about, one after the other. */
async function* reports(
  evidence: Evidence,
  options: Readonly<Record<string, unknown>>,
): AsyncGenerator<Report> {
  const { log, settings } = evidence;
  const key = typeof options["key"] === "string" ? givenKey(options["key"]) : ownKey(settings);
  const since = typeof options["since"] === "string" ? kept(options["since"]) : undefined;
  const known = await anchorNotes(settings.anchors);
  const anchored = settings.anchors.places.flatMap((place) =>
    place.kind === "witness" ? (parseVerifier(place.key) ?? []) : [],
  );
  const witnesses = [...anchored, ...witnessesOf(options)];
  const only = options["tenant"] as string | undefined;
  for (const tenant of await tenantsOf(evidence, only, since, known)) {
    const report = await verifyLog(log, tenant, { key, witnesses, known, since });
    const { findings, unreachable } = await askWitnesses(log, tenant, settings, Date.now());
    for (const why of unreachable) say("warn", why);
    yield withFindings(report, findings);
  }
}

/** `portcullis audit verify`: whether the record is whole and unaltered. 1 where it is not, or there is none to verify. */
export async function verify(
  _: readonly string[],
  options: Readonly<Record<string, unknown>>,
): Promise<number> {
  const bundle = options["offline"] as string | undefined;
  if (bundle !== undefined) return await offline(bundle, options);
  return await withEvidence(options, async (evidence) => {
    let bad = 0;
    let records = 0;
    for await (const report of reports(evidence, options)) {
      records += report.records;
      await tellReport(report, options["json"] === true);
      if (report.found > 0) bad += 1;
    }
    // Whoever took everything away must not be told that all is well.
    if (records === 0) say("fail", "nothing is in the log: there is nothing to verify");
    const { rows, more } = await evidence.log.waiting();
    if (rows.length > 0)
      say(
        "warn",
        `${rows.length}${more ? " and more" : ""} records are not in the log yet: a gate that runs adds them within a second`,
      );
    return bad === 0 && records > 0 ? 0 : 1;
  });
}
