import type { IncomingHttpHeaders } from "node:http";
import type { Fault } from "../call/fault.ts";
import { garbled, refused } from "./failure.ts";
import type { Reading } from "./exchange.ts";

/** The media type of a response, without parameters, in lower case. */
function mediaType(headers: IncomingHttpHeaders): string {
  const given = headers["content-type"];
  if (given === "application/json" || given === "text/event-stream") return given;
  return (given ?? "").split(";", 1)[0]?.trim().toLowerCase() ?? "";
}

/** 401, 403, a redirect (never followed), a server that is overloaded or broken: a no, and no evidence of anything else. */
export function isRefusal(status: number): boolean {
  return (
    status >= 500 ||
    (status >= 300 && status < 400) ||
    status === 401 ||
    status === 403 ||
    status === 407 ||
    status === 429
  );
}

/** How the body of the response to a POST or GET is to be read, or why it is not. */
export function readingOf(server: string, status: number, headers: IncomingHttpHeaders): Reading | Fault {
  // Their bodies may hold a challenge, which is between the server and the gate.
  if (status === 401 || status === 403 || status === 407) return refused(server, status);
  const coding = headers["content-encoding"];
  if (coding !== undefined && coding !== "identity")
    return garbled(server, `content-encoding ${coding}, not asked for`);
  const type = mediaType(headers);
  if (type === "application/json") return "whole";
  if (type === "text/event-stream" && status < 300) return "events";
  return isRefusal(status)
    ? refused(server, status)
    : garbled(server, `HTTP ${status}, content-type \`${type.slice(0, 60)}\``);
}
