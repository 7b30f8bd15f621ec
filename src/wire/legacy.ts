import { FAULTS, type FaultCode } from "../call/fault.ts";
import { member } from "../call/json.ts";
import { claimOf, objectOf, textOf, type Codec } from "./codec.ts";
import { dutyOf } from "./methods.ts";
import { LEGACY_REVISIONS } from "./revision.ts";

/** Faults of one request ride on a JSON-RPC error with HTTP 200; what is wrong with the exchange itself keeps its status. */
const IN_BAND: ReadonlySet<FaultCode> = new Set<FaultCode>([
  "unknown-method",
  "invalid-params",
  "missing-capability",
]);

/** 2024-11-05 to 2025-11-25: handshake, sessions, no envelope. */
export const LEGACY: Codec = Object.freeze<Codec>({
  era: "legacy",
  revisions: LEGACY_REVISIONS,
  duty: (method) => dutyOf("legacy", method),
  refusalResult: (text, meta) => ({ content: [{ type: "text", text }], isError: true, _meta: meta }),
  status: (code) => (IN_BAND.has(code) ? 200 : FAULTS[code].http),
  markPrivate: () => [],
  envelope: (params) => ({
    revision: textOf(member(params, "protocolVersion")),
    client: claimOf(member(params, "clientInfo")),
    capabilities: objectOf(member(params, "capabilities")),
  }),
});
