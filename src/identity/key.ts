import { hash, randomInt, timingSafeEqual } from "node:crypto";
import { crc32 } from "node:zlib";
import type { ApiKey } from "../store/people/credentials.ts";

const LETTERS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
const ID = 12;
/** 256 bits. */
const SECRET = 43;
const SUM = 6;
const KEY = new RegExp(`^pc_(live|boot)_([0-9A-Za-z]{${ID}})[0-9A-Za-z]{${SECRET + SUM}}$`);
const MARKS = { live: "live", bootstrap: "boot" } as const;

function random(length: number): string {
  return Array.from({ length }, () => LETTERS[randomInt(LETTERS.length)]).join("");
}

/** Six letters that show a typing mistake, and show a scanner for secrets that this is one. */
function checksum(text: string): string {
  let left = crc32(text);
  let sum = "";
  for (let at = 0; at < SUM; at += 1) {
    sum = LETTERS[left % LETTERS.length] + sum;
    left = Math.floor(left / LETTERS.length);
  }
  return sum;
}

/** How a key, or the secret of a session, is kept: it is 256 random bits, so a plain digest cannot be searched. */
export function digestOf(secret: string): string {
  return `sha256:${hash("sha256", secret, "hex")}`;
}

/** Whether a secret is the one of which that is kept; takes as long whatever it is. */
export function isKept(secret: string, digest: Buffer): boolean {
  const presented = hash("sha256", secret, "buffer");
  return digest.length === presented.length && timingSafeEqual(presented, digest);
}

/** The bytes of what is kept of a secret. */
export const bytesOf = (digest: string): Buffer => Buffer.from(digest.slice("sha256:".length), "hex");

/** A new key: its text, which is shown once, and what is kept of it. */
export function mint(
  kind: ApiKey["kind"],
): Pick<ApiKey, "id" | "kind" | "digest"> & { readonly text: string } {
  const id = random(ID);
  const body = `pc_${MARKS[kind]}_${id}${random(SECRET)}`;
  const text = `${body}${checksum(body)}`;
  return { id, kind, digest: digestOf(text), text };
}

const KEY_ID = new RegExp(`^[0-9A-Za-z]{${ID}}$`);

/** Whether that is the id of a key, and not of something else that can be taken back. */
export const isKeyId = (text: string): boolean => KEY_ID.test(text);

/** The id in what has the form of a key; undefined where the text has not. Whether it was mistyped is not looked at. */
export function idOf(text: string): string | undefined {
  return KEY.exec(text)?.[2];
}

/** The id in a key; undefined where the text is no key, or was mistyped. */
export function idIn(text: string): string | undefined {
  const id = idOf(text);
  return id !== undefined && checksum(text.slice(0, -SUM)) === text.slice(-SUM) ? id : undefined;
}
