import { readFileSync, statSync } from "node:fs";
import { shown } from "../../config/paths.ts";
import { problemOf, Problems } from "../../document/problem.ts";
import { unpack } from "./archive.ts";

/** What of a bundle is needed to ask it. */
export interface Bundle {
  readonly wasm: Uint8Array;
  /** JSON. */
  readonly data: string;
}

const BUNDLE_BYTES = 32 * 1024 * 1024;
const BUILD = "build it with `opa build -t wasm -e ENTRYPOINT`";

function filesOf(path: string): ReadonlyMap<string, Buffer> {
  if (statSync(path).size > BUNDLE_BYTES) throw new Error(`is larger than ${BUNDLE_BYTES} bytes`);
  return unpack(readFileSync(path));
}

/** Reads a bundle as `opa build -t wasm` writes it. Throws Problems that name the file. */
export function readBundle(path: string): Bundle {
  const file = shown(path);
  try {
    const files = filesOf(path);
    const wasm = files.get("policy.wasm");
    if (wasm === undefined) throw new Error("holds no policy.wasm");
    // One document is what the compiler makes of all data; another would be left out without a word.
    const other = [...files.keys()].find(
      (name) => /(?:^|\/)data\.(?:json|ya?ml)$/.test(name) && name !== "data.json",
    );
    if (other !== undefined) throw new Error(`holds ${other} beside its data.json`);
    const data = files.get("data.json")?.toString() ?? "{}";
    JSON.parse(data);
    return { wasm: new Uint8Array(wasm), data };
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    throw new Problems([problemOf(file, `is no bundle that can be asked: ${message}`, BUILD)]);
  }
}
