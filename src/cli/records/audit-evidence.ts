import { once } from "node:events";
import { createWriteStream } from "node:fs";
import { originOf } from "../../audit/note/checkpoint.ts";
import { verifierOf, verifierText } from "../../audit/note/note.ts";
import { callBundle, type Line, logBundle } from "../../audit/proof/bundle.ts";
import { parseCallId } from "../../call/id.ts";
import { Failure } from "../failure.ts";
import { print } from "../out.ts";
import { say } from "../say.ts";
import { type Evidence, ownKey, tenantOf, withAll, withEvidence } from "./evidence.ts";

type Options = Readonly<Record<string, unknown>>;

/** Writes lines to a file for its owner only, or to standard output. */
async function write(lines: AsyncIterable<Line>, output: string | undefined): Promise<number> {
  let written = 0;
  if (output === undefined) {
    for await (const line of lines) {
      await print(JSON.stringify(line));
      written += 1;
    }
    return written;
  }
  const file = createWriteStream(output, { mode: 0o600, flags: "wx" });
  try {
    await once(file, "open");
    for await (const line of lines) {
      if (!file.write(`${JSON.stringify(line)}\n`)) await once(file, "drain");
      written += 1;
    }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST")
      throw new Failure(2, `${output} exists already`, "name another file");
    throw error;
  } finally {
    file.end();
  }
  await once(file, "close");
  return written;
}

/** The key that a tenant's checkpoints are verified with, in one line. */
async function keyLine({ log, settings }: Evidence, tenant: string): Promise<string> {
  const key = ownKey(settings);
  if (key === undefined)
    throw new Failure(2, "there is no key here", "set log.key: gates that share PostgreSQL share no file");
  return verifierText(verifierOf(originOf(await log.store(), tenant), key));
}

/** `portcullis audit checkpoint`: the newest checkpoint, or the key that it is verified with. */
export async function checkpoint(_: readonly string[], options: Options): Promise<number> {
  const tenant = tenantOf(options);
  return await withEvidence(options, async (evidence) => {
    if (options["key"] === true) {
      await print(await keyLine(evidence, tenant));
      return 0;
    }
    await withAll(evidence);
    const signed = await evidence.log.checkpoint(tenant);
    if (signed === undefined)
      throw new Failure(
        1,
        `nothing is signed of tenant ${tenant}`,
        "portcullis audit checkpoint --key says why",
      );
    const lines = (await evidence.log.cosignatures(tenant, signed.size)).map(({ line }) => line);
    await print([signed.note.trimEnd(), ...lines].join("\n"));
    return 0;
  });
}

/** `portcullis audit prove`: that a call is in the log, and which policy decided it, as a file that anybody can check. */
export async function prove([given = ""]: readonly string[], options: Options): Promise<number> {
  const call = parseCallId(given);
  if (call === undefined)
    throw new Failure(2, `${given} is no id of a call`, "portcullis logs shows ids: call_…");
  const tenant = tenantOf(options);
  return await withEvidence(options, async (evidence) => {
    await withAll(evidence);
    const { log, store } = evidence;
    const lines = await callBundle(log, store.policies, tenant, call);
    if (lines === undefined) throw new Failure(1, `${call} is not on record`, "portcullis logs");
    const output = options["output"] as string | undefined;
    await write(iterate(lines), output);
    if (output !== undefined)
      say(
        "ok",
        `${output}: check it with node verifier/verify.mjs ${output} '${await keyLine(evidence, tenant)}'`,
      );
    return 0;
  });
}

async function* iterate(lines: readonly Line[]): AsyncGenerator<Line> {
  yield* lines;
}

/** `portcullis audit export-log`: the log, or the end of it, as a file that an auditor checks without any database. */
export async function exportLog(_: readonly string[], options: Options): Promise<number> {
  const tenant = tenantOf(options);
  const from = Number((options["from"] as string | undefined) ?? 0);
  if (!Number.isSafeInteger(from) || from < 0) throw new Failure(2, "--from is no number of a record");
  return await withEvidence(options, async (evidence) => {
    await withAll(evidence);
    const output = options["output"] as string | undefined;
    const written = await write(logBundle(evidence.log, tenant, from), output);
    if (output !== undefined)
      say("ok", `${output}: ${written} lines; its key: ${await keyLine(evidence, tenant)}`);
    return 0;
  });
}
