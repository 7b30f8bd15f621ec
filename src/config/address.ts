import { isAbsolute, resolve } from "node:path";
import type { Address, StoreAddress } from "./config.ts";

const ADDRESS = /^(?:\[([0-9a-f:.]+)\]|([^\s:[\]/@]+)):(\d{1,5})$/i;

/** `host:port` or `[ipv6]:port`; undefined where the text is neither. */
export function parseAddress(text: string): Address | undefined {
  const found = ADDRESS.exec(text);
  const port = Number(found?.[3]);
  const host = found?.[1] ?? found?.[2];
  return host === undefined || port > 65_535 ? undefined : { host: host.toLowerCase(), port };
}

/** Where an address is heard, as clients write it. */
export function urlOf({ host, port }: Address, scheme: "http" | "https" = "http"): string {
  return `${scheme}://${host.includes(":") ? `[${host}]` : host}:${port}`;
}

/** Whether only this machine reaches it. A name other than `localhost` is taken for one that others can reach. */
export function isLoopback(host: string): boolean {
  return host === "localhost" || host === "::1" || /^127(?:\.\d{1,3}){3}$/.test(host);
}

/** `sqlite:FILE`, relative to `folder`, or `postgres://…`; undefined where the text is neither. */
export function parseStore(text: string, folder: string): StoreAddress | undefined {
  // Without a host, as for a socket that `?host=` names (libpq, 34.1.1.2), it is no URL to others.
  if (/^postgres(?:ql)?:\/\//.test(text))
    return URL.canParse(text.replace("@/", "@localhost/")) ? { kind: "postgres", url: text } : undefined;
  const path = /^sqlite:(?!:memory:)(?:\/\/(?=\/))?(.+)$/.exec(text)?.[1];
  if (path === undefined) return undefined;
  return { kind: "sqlite", path: isAbsolute(path) ? path : resolve(folder, path) };
}
