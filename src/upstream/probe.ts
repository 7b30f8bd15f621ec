import type { Era } from "../call/call.ts";
import { Fault } from "../call/fault.ts";
import { member } from "../call/json.ts";
import type { Transport } from "../config/config.ts";
import { type Frame, frameOf } from "../wire/frame.ts";
import { silent } from "./failure.ts";
import type { Leg } from "./leg.ts";

/** The first revision without a handshake; later ones sort after it. */
const FIRST_MODERN = "2026-07-28";
const PROBE_MS = 10_000;
const UNSUPPORTED_VERSION = -32022;

const DISCOVER = frameOf({
  kind: "request",
  id: "portcullis-probe",
  method: "server/discover",
  params: {
    _meta: {
      "io.modelcontextprotocol/protocolVersion": FIRST_MODERN,
      "io.modelcontextprotocol/clientCapabilities": {},
    },
  },
});

/** What a probe showed. `certain` is false where only silence speaks for it. */
export interface Finding {
  readonly era: Era;
  readonly certain: boolean;
}

function listsModern(versions: unknown): boolean {
  return (
    Array.isArray(versions) &&
    versions.some((version) => typeof version === "string" && version >= FIRST_MODERN)
  );
}

/** A `DiscoverResult`, or the error that names versions (2026-07-28, versioning, backward compatibility). */
function eraOf({ message }: Frame): Era {
  if (message.kind === "result")
    return listsModern(message.result["supportedVersions"]) ? "modern" : "legacy";
  const isModern =
    message.kind === "error" &&
    message.code === UNSUPPORTED_VERSION &&
    listsModern(member(message.data, "supported"));
  return isModern ? "modern" : "legacy";
}

/**
 * Asks a server by `server/discover` which era it speaks, over a modern leg that is closed afterwards. Over HTTP a
 * refusal (401, 403, 5xx), silence or a broken connection is no evidence: rejects with that Fault. A process that exits
 * on the question, or a socket that closes, or one that never answers it, is legacy; what cannot be opened rejects.
 */
export async function probe(
  open: () => Promise<Leg>,
  transport: Transport,
  signal: AbortSignal,
): Promise<Finding> {
  const leg = await open();
  const isPipe = transport !== "streamable-http";
  const late = AbortSignal.timeout(PROBE_MS);
  try {
    const ending = await leg.ask(DISCOVER, {}, () => undefined, AbortSignal.any([late, signal]));
    return { era: ending.kind === "answer" ? eraOf(ending.frame) : "legacy", certain: true };
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    if (error.code === "upstream-garbled") return { era: "legacy", certain: true };
    const left = error.code === "upstream-gone" || error.code === "upstream-over";
    if (isPipe && left) return { era: "legacy", certain: true };
    const mute = error.code === "upstream-timeout" || (error.code === "cancelled" && late.aborted);
    if (isPipe && mute) return { era: "legacy", certain: false };
    throw mute ? silent(leg.server, PROBE_MS) : error;
  } finally {
    await leg.close();
  }
}
