import type { IncomingMessage } from "node:http";
import { Fault } from "../../call/fault.ts";
import { checkSite, isForeign, readBody } from "../../ingress/guard.ts";

/** A form is sent by the page itself: a browser says so, and no other page may. */
export function checkForm(request: IncomingMessage): void {
  checkSite(request);
  if (isForeign(request)) throw new Fault("bad-origin", "Only the page itself may send this form.");
}

/** What a form says. */
export async function formOf(request: IncomingMessage, most_bytes: number): Promise<URLSearchParams> {
  const type = request.headers["content-type"] ?? "";
  if (!/^application\/x-www-form-urlencoded\s*(;|$)/i.test(type))
    throw new Fault("wrong-media-type", "This page is sent as a form.");
  return new URLSearchParams((await readBody(request, most_bytes)).toString("utf8"));
}

export const urlOf = ({ url = "/" }: IncomingMessage): URL => new URL(url, "http://gate");
