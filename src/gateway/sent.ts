import { whose } from "../call/principal.ts";
import type { Edit } from "../call/verdict.ts";
import type { Decision } from "../pipeline/stage.ts";
import type { WireHeaders } from "../upstream/leg.ts";
import type { Frame } from "../wire/frame.ts";
import { mirrored, mirroredArguments } from "../wire/headers.ts";
import type { Asking } from "./addresses/address.ts";
import { editFrame } from "./call.ts";
import type { Gate } from "./gate.ts";
import { veiled } from "./tasks/owned.ts";
import type { Ownership } from "./tasks/tasks.ts";

/** A request as its server gets it, and the headers that go with it. */
interface Sent {
  readonly frame: Frame;
  readonly fields: WireHeaders;
}

/**
 * What was judged, as it is sent: with what stages rewrote, then with plain values in the place of marks where the server may have
 * them, and with headers that say what the body says.
 */
export function asSent(
  gate: Gate,
  asking: Asking,
  { call, edits }: Decision,
  frame: Frame,
  ownership: Ownership | undefined,
): Sent | Promise<Sent> {
  const applied = gate.mode === "observe" ? [] : edits;
  const with_values = (plain: readonly Edit[]): Sent => {
    const rewritten = applied.length > 0 || plain.length > 0;
    const judged = editFrame(frame, "params", applied);
    const sent = veiled(ownership, editFrame(judged, "params", [plain]));
    if (sent === asking.frame || call.era === "legacy") return { frame: sent, fields: asking.headers };
    const fields = rewritten ? argumentFields(gate, asking, call, sent) : asking.headers;
    return { frame: sent, fields: { ...fields, ...mirrored(sent) } };
  };
  const plain = gate.mode === "observe" ? [] : gate.reveal(call);
  return plain instanceof Promise ? plain.then(with_values) : with_values(plain);
}

/** Headers that mirror arguments say what the arguments say now. */
function argumentFields(
  gate: Gate,
  { headers }: Asking,
  { target, server, principal }: Decision["call"],
  sent: Frame,
): WireHeaders {
  if (target.kind !== "tool") return headers;
  const tool = gate.catalogue.shelf(server, whose(principal), "tools/list")?.items.get(target.name);
  return mirroredArguments(headers, tool?.["inputSchema"], sent) as WireHeaders;
}
