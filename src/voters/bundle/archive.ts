import { gunzipSync } from "node:zlib";

const BLOCK = 512;
const UNPACKED_BYTES = 64 * 1024 * 1024;

function text(header: Buffer, from: number, to: number): string {
  const field = header.subarray(from, to);
  const end = field.indexOf(0);
  return field.subarray(0, end === -1 ? undefined : end).toString();
}

/**
 * The plain files of a `.tar.gz` by name, without the `/` or `./` before it (POSIX ustar, which is what `opa build`
 * writes; other kinds of entries are passed over). Throws an Error that says what is wrong with it.
 */
export function unpack(archive: Buffer): ReadonlyMap<string, Buffer> {
  const all = gunzipSync(archive, { maxOutputLength: UNPACKED_BYTES });
  const files = new Map<string, Buffer>();
  for (let at = 0; at + BLOCK <= all.length; ) {
    const header = all.subarray(at, at + BLOCK);
    if (header.every((byte) => byte === 0)) break;
    if (text(header, 257, 262) !== "ustar") throw new Error("is no tar archive");
    const size = Number.parseInt(text(header, 124, 136).trim(), 8);
    const from = at + BLOCK;
    if (!(size >= 0) || from + size > all.length) throw new Error("ends in the middle of a file");
    const kind = text(header, 156, 157);
    const prefix = text(header, 345, 500);
    const name = `${prefix === "" ? "" : `${prefix}/`}${text(header, 0, 100)}`.replace(/^\.?\//, "");
    if (kind === "0" || kind === "") files.set(name, all.subarray(from, from + size));
    at = from + Math.ceil(size / BLOCK) * BLOCK;
  }
  return files;
}
