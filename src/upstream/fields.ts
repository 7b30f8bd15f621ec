import type { HttpServer } from "../config/config.ts";
import type { WireHeaders } from "./leg.ts";

/** Written by this leg or by the connection; and a client's own credentials, which are for the gate alone. */
const OURS = new Set([
  "accept",
  "accept-encoding",
  "authorization",
  "connection",
  "content-encoding",
  "content-length",
  "content-type",
  "cookie",
  "expect",
  "host",
  "keep-alive",
  "mcp-session-id",
  "proxy-authorization",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
]);

/** What a leg says of itself: name, value, name, value, as undici likes it best. */
export interface Fields {
  readonly list: readonly string[];
  /** Names that no client may set. */
  readonly names: ReadonlySet<string>;
}

/** `own` are this leg's fields; the server's configured ones come over them. */
export function fieldsOf(server: Pick<HttpServer, "headers">, own: Readonly<Record<string, string>>): Fields {
  const merged = new Map(Object.entries(own));
  for (const [name, value] of Object.entries(server.headers)) merged.set(name.toLowerCase(), value);
  return { list: [...merged].flat(), names: new Set([...OURS, ...merged.keys()]) };
}

/** The fields of one request: the leg's, what it shows, what mirrors the body, then the client's that none of them has. */
export function withClient(
  { list, names }: Fields,
  client: WireHeaders,
  mirrored: Readonly<Record<string, string>> | undefined,
  shown: Readonly<Record<string, string>>,
): string[] {
  const all = list.slice();
  for (const name in shown) all.push(name, shown[name] ?? "");
  if (mirrored !== undefined) {
    for (const name in mirrored) if (!names.has(name)) all.push(name, mirrored[name] ?? "");
  }
  for (const name in client) {
    const value = client[name];
    if (value === undefined || names.has(name) || name in shown) continue;
    if (mirrored !== undefined && name in mirrored) continue;
    if (typeof value === "string") all.push(name, value);
    else for (const one of value) all.push(name, one);
  }
  return all;
}
