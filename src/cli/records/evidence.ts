import type { KeyObject } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { logKey } from "../../audit/log/own-key.ts";
import { Changed } from "../../audit/log/sign.ts";
import { bringUpToDate } from "../../audit/log/up-to-date.ts";
import { publicKeyOf } from "../../audit/note/public-key.ts";
import { Unsigned } from "../../audit/proof/bundle.ts";
import type { Config } from "../../config/config.ts";
import { findConfig, loadEvidence } from "../../config/load.ts";
import { shown } from "../../config/paths.ts";
import { type LogTables, openLog } from "../../store/log.ts";
import { openStore } from "../../store/open.ts";
import type { Store } from "../../store/store.ts";
import { Failure } from "../failure.ts";

/** What the commands about evidence work with. */
export interface Evidence {
  readonly settings: Pick<Config, "store" | "log" | "anchors" | "outbound">;
  readonly store: Store;
  readonly log: LogTables;
}

/** A gate that runs needs a second at most; a backlog longer. */
const WITHIN_MS = 60_000;

/** Opens the log of the named configuration, else of ./portcullis.yaml, else of this user's `wrap`. */
export async function withEvidence<T>(
  options: Readonly<Record<string, unknown>>,
  work: (evidence: Evidence) => Promise<T>,
): Promise<T> {
  const file = findConfig(options["config"] as string | undefined);
  const settings = loadEvidence({ file });
  const { store: address } = settings;
  if (address.kind === "sqlite" && !existsSync(address.path))
    throw new Failure(3, `no records yet: ${shown(address.path)} does not exist`, "portcullis start");
  const store = await openStore(address); // brings the schema up to date
  try {
    const log = await openLog(address);
    try {
      return await work({ settings, store, log });
    } finally {
      await log.close();
    }
  } catch (error) {
    if (error instanceof Changed) throw new Failure(1, error.message);
    if (error instanceof Unsigned) throw new Failure(1, error.message);
    throw error;
  } finally {
    await store.close();
  }
}

/** Has all that is on record in the log, and signed where this machine has the key. */
export async function withAll({ log, settings }: Evidence): Promise<void> {
  const key = ownKey(settings);
  if (!(await bringUpToDate(log, key, `cli-${process.pid}`, WITHIN_MS)))
    throw new Failure(
      3,
      "the log is not up to date: somebody else keeps it and does not get on",
      "portcullis doctor",
    );
}

/** The key that checkpoints are signed with, where this machine has it. Failure 2 where what is there is none. */
export function ownKey(settings: Evidence["settings"]): KeyObject | undefined {
  try {
    return logKey(settings)?.key;
  } catch (error) {
    throw new Failure(2, (error as Error).message);
  }
}

/** A public key as somebody gives it: the text, or a file with it. Failure 2 where it is none. */
export function givenKey(given: string): KeyObject {
  const key = publicKeyOf(existsSync(given) ? readFileSync(given, "utf8") : given);
  if (key === undefined)
    throw new Failure(
      2,
      `${given} is no public key`,
      "portcullis audit checkpoint --key, on the gate, prints it",
    );
  return key;
}

export function tenantOf(options: Readonly<Record<string, unknown>>): string {
  return (options["tenant"] as string | undefined) ?? "default";
}
