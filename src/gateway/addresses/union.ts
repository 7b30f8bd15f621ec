import type { Era } from "../../call/call.ts";
import type { Json } from "../../call/json.ts";
import type { Edit } from "../../call/verdict.ts";
import { type Bounds, decode, type Frame, type RequestId } from "../../wire/frame.ts";
import { sliceAt } from "../../wire/slice.ts";
import { itemsOf, LISTS, type ListMethod } from "../lists/catalogue.ts";

/** A server's filtered pages, and what each of its items is called outside. */
export interface Part {
  readonly pages: readonly Frame[];
  readonly outward: (name: string) => string;
}

/**
 * Several servers' lists as one, in the order of the configuration. Every item is the bytes its server sent; a name
 * that has to differ is spliced in.
 */
export function uniteLists(
  method: ListMethod,
  era: Era,
  id: RequestId,
  parts: readonly Part[],
  bounds: Bounds,
): Frame {
  const { items } = LISTS[method];
  const members = parts.flatMap(({ pages, outward }) =>
    pages.flatMap((page) => inner(renamed(method, page, outward), items)),
  );
  const modern =
    era === "modern" ? `,"resultType":"complete","ttlMs":${ttl(parts)},"cacheScope":"private"` : "";
  const text = `{"jsonrpc":"2.0","id":${JSON.stringify(id)},"result":{"${items}":[${members.join(",")}]${modern}}}`;
  // Each page was within the bound; together they may not be, and are still one answer.
  return decode(Buffer.from(text), { ...bounds, bytes: Math.max(bounds.bytes, text.length * 4) });
}

function renamed(method: ListMethod, page: Frame, outward: Part["outward"]): Frame {
  if (page.message.kind !== "result" || (method !== "tools/list" && method !== "prompts/list")) return page;
  const { items, name } = LISTS[method];
  const list: Json | undefined = page.message.result[items];
  if (!Array.isArray(list)) return page;
  const edits = list.flatMap((item: Json, index): Edit[] => {
    const [given] = itemsOf(method, { [items]: [item] }).keys();
    const shown = given === undefined ? undefined : outward(given);
    return shown === undefined || shown === given
      ? []
      : [{ kind: "set", path: ["result", items, index, name], to: shown }];
  });
  return edits.length === 0 ? page : page.edit(edits);
}

/** What stands between the brackets of a page's list. */
function inner(page: Frame, items: string): readonly string[] {
  const list = sliceAt(page.bytes, ["result", items])?.toString("utf8") ?? "[]";
  const inside = list.startsWith("[") ? list.slice(1, -1).trim() : "";
  return inside === "" ? [] : [inside];
}

/** What a server gives for `ttlMs`; undefined for what no client could read or should believe (`-1`, `1e400`). */
export function lifetime(given: unknown): number | undefined {
  return typeof given === "number" && Number.isFinite(given) && given >= 0 ? given : undefined;
}

function ttl(parts: readonly Part[]): number {
  const all = parts.flatMap(({ pages }) =>
    pages.map(({ message }) => (message.kind === "result" ? (lifetime(message.result["ttlMs"]) ?? 0) : 0)),
  );
  return all.length === 0 ? 0 : Math.min(...all);
}
