import type { IncomingMessage } from "node:http";
import { TLSSocket } from "node:tls";
import type { Listener } from "../config/config.ts";

const METADATA = "/.well-known/oauth-protected-resource";
/** Where messages of an HTTP+SSE client go belongs to the address at which its stream is. */
const MESSAGES = /^\/messages(?=\/|$)/;
const ADMIN = /^\/(?:governance|a)(?=\/|$).*$/;

/** What clients call a listener: scheme, host and port, and a path where a proxy puts one before all paths. */
export function baseOf(request: IncomingMessage, at: Listener, public_url: string | undefined): string {
  const { socket, headers } = request;
  const port = socket.localPort ?? 0;
  if (public_url === undefined) {
    // The names of loopback all mean this machine; the port is what is listened on, whatever `Host` says.
    const host = (headers.host ?? "localhost").replace(/:\d+$/, "").toLowerCase();
    return new URL(`${socket instanceof TLSSocket ? "https" : "http"}://${host}:${port}`).origin;
  }
  if (at.server === undefined) return public_url;
  const url = new URL(public_url);
  url.port = String(port);
  return url.href.replace(/\/+$/, "");
}

/** Without the query. */
export function pathOf({ url = "/" }: IncomingMessage): string {
  return url.split("?", 1)[0] ?? "/";
}

/** The part of the gate that a path belongs to, as tokens name it after the base. */
export function partOf(path: string): string {
  return path.replace(MESSAGES, "/sse").replace(ADMIN, "/governance");
}

/** RFC 9728 §3.1: where the metadata of a resource is. */
export function metadataUrl(base: string, part: string): string {
  const { origin, pathname } = new URL(`${base}${part}`);
  return `${origin}${METADATA}${pathname}`;
}

/** The part of the gate whose metadata a path asks for; undefined where it asks for none. The root is that of `/mcp`. */
export function describedPart(path: string, base: string): string | undefined {
  if (path !== METADATA && !path.startsWith(`${METADATA}/`)) return undefined;
  const before = new URL(base).pathname.replace(/\/+$/, "");
  const rest = path.slice(METADATA.length);
  const part = before !== "" && rest.startsWith(`${before}/`) ? rest.slice(before.length) : rest;
  return part === "" || part === "/" ? "/mcp" : part;
}

/** Whether an audience is how gates name their parts: an address, whoever's. */
export function isAddress(audience: string): boolean {
  return /^https?:\/\/[^?#]*\/(?:(?:mcp|sse)(?:\/[A-Za-z0-9._-]{1,64})?|governance)$/.test(audience);
}

/** The parts that have tokens of their own. */
export function isPart(part: string): boolean {
  return /^\/(?:mcp|sse)(?:\/[A-Za-z0-9._-]{1,64})?$|^\/governance$/.test(part);
}
