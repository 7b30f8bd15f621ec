import type { ServerResponse } from "node:http";
import { PAGE_POLICY } from "./style.ts";

/** A page, and with which status. */
export interface Reply {
  readonly status: number;
  readonly body: string;
  readonly location?: string;
  /** `Set-Cookie` fields. */
  readonly cookies?: readonly string[];
  /** Of a refusal: how to show a credential, when to come again. */
  readonly fields?: Readonly<Record<string, string>>;
}

/** Sends a page that may do nothing but show itself, and send its forms to where it came from. */
export function send(response: ServerResponse, { status, body, location, cookies, fields }: Reply): void {
  response.writeHead(status, {
    "content-type": "text/html; charset=utf-8",
    "content-security-policy": PAGE_POLICY,
    "cache-control": "no-store",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    // With `no-referrer` a browser would send the page's own form without saying where it comes from.
    "referrer-policy": "same-origin",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    ...fields,
    ...(location !== undefined && { location }),
    ...(cookies !== undefined && cookies.length > 0 && { "set-cookie": [...cookies] }),
    ...(status >= 400 && { connection: "close" }),
  });
  response.end(body);
}
