import type * as Library from "@cedar-policy/cedar-wasm/nodejs";

export type Cedar = typeof Library;

/** 12 MB of Wasm, compiled when it is first needed. */
export function loadCedar(): Promise<Cedar> {
  return import("@cedar-policy/cedar-wasm/nodejs");
}

/** An entity's id as text that two entities never share. */
export function uidText({ type, id }: Library.TypeAndId): string {
  return `${type}::${JSON.stringify(id)}`;
}
