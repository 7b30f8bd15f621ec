import type { KeyObject } from "node:crypto";
import type { TenantId } from "../../call/principal.ts";
import { HASH_BYTES } from "../tree/hash.ts";
import { type Note, noteText, parseNote, signText } from "./note.ts";

/** How far a log has got (https://c2sp.org/tlog-checkpoint). */
export interface Checkpoint {
  /** Which log: the name of its key too. */
  readonly origin: string;
  readonly size: number;
  readonly root: Uint8Array;
}

/** The log of a tenant in a store. Names of tenants are free; a space or a plus in one is written as in a URL. */
export function originOf(store: string, tenant: TenantId): string {
  return `portcullis.local/${store}/${encodeURIComponent(tenant)}`;
}

/** Whose log of a store that is; undefined where it is of another store, or of none. */
export function tenantOfOrigin(origin: string, store: string): TenantId | undefined {
  const before = originOf(store, "");
  if (!origin.startsWith(before)) return undefined;
  try {
    return decodeURIComponent(origin.slice(before.length));
  } catch {
    return undefined;
  }
}

function checkpointText({ origin, size, root }: Checkpoint): string {
  return `${origin}\n${size}\n${Buffer.from(root).toString("base64")}\n`;
}

/** What a note's text says, or undefined where it is no checkpoint. */
function readCheckpoint({ text }: Pick<Note, "text">): Checkpoint | undefined {
  const [origin, size, root] = text.split("\n");
  if (origin === undefined || origin === "" || !/^(?:0|[1-9]\d{0,15})$/.test(size ?? "")) return undefined;
  const bytes = Buffer.from(root ?? "", "base64");
  if (bytes.length !== HASH_BYTES || bytes.toString("base64") !== root || !Number.isSafeInteger(Number(size)))
    return undefined;
  return { origin, size: Number(size), root: bytes };
}

/** A checkpoint with its note, or undefined where the text is none. */
export function parseCheckpoint(
  text: string,
): { readonly note: Note; readonly checkpoint: Checkpoint } | undefined {
  const note = parseNote(text);
  const checkpoint = note === undefined ? undefined : readCheckpoint(note);
  return note === undefined || checkpoint === undefined ? undefined : { note, checkpoint };
}

/**
 * Signs a checkpoint as its log: once as C2SP wants it of logs, and once with the time, so that when it was signed cannot
 * be changed either.
 */
export function signCheckpoint(checkpoint: Checkpoint, key: KeyObject, at: number): string {
  const text = checkpointText(checkpoint);
  return noteText({
    text,
    signatures: [
      signText(checkpoint.origin, key, text, "ed25519", at),
      signText(checkpoint.origin, key, text, "cosignature/v1", at),
    ],
  });
}
