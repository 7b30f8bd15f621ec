import type { RequestId } from "./frame.ts";

/** Requests of the gate itself begin so. */
const OWN = "portcullis:";

/** Whether a request is the gate's own: what it asks is to reach the server, whatever could be answered on the way. */
export function isOwnId(id: RequestId): boolean {
  return typeof id === "string" && id.startsWith(OWN);
}
