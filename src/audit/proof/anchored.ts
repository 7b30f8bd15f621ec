import { createReadStream, existsSync } from "node:fs";
import { createInterface } from "node:readline";
import { isObject, type Json } from "../../call/json.ts";
import type { Config } from "../../config/config.ts";
import type { TenantId } from "../../call/principal.ts";
import type { LogTables } from "../../store/log.ts";
import { openOutbound } from "../../outbound/outbound.ts";
import { NotTaken } from "../anchor/anchor.ts";
import { witnessAnchor } from "../anchor/witness.ts";
import { originOf, parseCheckpoint } from "../note/checkpoint.ts";
import { parseVerifier } from "../note/note.ts";
import type { Finding } from "./finding.ts";
import type { Known } from "./signed.ts";

/** The checkpoints in the files that they were appended to. A line that is none is said by its number. */
export async function anchorNotes({ places }: Config["anchors"]): Promise<readonly Known[]> {
  const known: Known[] = [];
  for (const place of places) {
    if (place.kind !== "file" || !existsSync(place.path)) continue;
    let number = 0;
    for await (const line of createInterface({ input: createReadStream(place.path) })) {
      number += 1;
      known.push({ source: `anchor ${place.name}, line ${number}`, note: noteIn(line) });
    }
  }
  return known;
}

function noteIn(line: string): string {
  try {
    const value = JSON.parse(line) as Json;
    return isObject(value) && typeof value["note"] === "string" ? value["note"] : "";
  } catch {
    return "";
  }
}

/** Those of one log. */
export function ofLog(known: readonly Known[], origin: string): readonly Known[] {
  return known.filter(({ note }) => {
    const parsed = parseCheckpoint(note);
    return parsed === undefined || parsed.checkpoint.origin === origin;
  });
}

/** Asks each configured witness whether it has seen this log, and no other. */
export async function askWitnesses(
  log: LogTables,
  tenant: TenantId,
  { anchors, outbound: { allow } }: Pick<Config, "anchors" | "outbound">,
  now: number,
): Promise<{ readonly findings: readonly Finding[]; readonly unreachable: readonly string[] }> {
  const findings: Finding[] = [];
  const unreachable: string[] = [];
  const signed = await log.checkpoint(tenant);
  const places = anchors.places.filter((place) => place.kind === "witness");
  if (signed === undefined || places.length === 0) return { findings, unreachable };
  const states = await log.anchors();
  const outbound = openOutbound(allow);
  try {
    for (const { name, url, key } of places) {
      const verifier = parseVerifier(key);
      if (verifier === undefined) throw new Error(`anchors.${name}.key is no key of a witness`);
      const before = states.find((state) => state.anchor === name && state.tenant === tenant)?.size ?? 0;
      try {
        await witnessAnchor(name, url, verifier, outbound).show({ log, signed, before, now });
      } catch (error) {
        const what = error instanceof Error ? error.message : String(error);
        if (error instanceof NotTaken) findings.push({ tenant, kind: "witness", what: `${name}: ${what}` });
        else unreachable.push(`${originOf(await log.store(), tenant)} was not shown to ${name}: ${what}`);
      }
    }
  } finally {
    await outbound.close();
  }
  return { findings, unreachable };
}
