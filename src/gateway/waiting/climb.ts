import type { JsonObject } from "../../call/json.ts";
import type { Ending } from "../../upstream/leg.ts";
import { CODECS } from "../../wire/codecs.ts";
import type { Asking } from "../addresses/address.ts";
import type { Gate } from "../gate.ts";
import { sentToUser } from "./comeback.ts";
import { askUser, NO_FIELDS } from "./form.ts";
import type { Again, Held } from "./held.ts";
import { beginTask } from "./held-tasks.ts";
import { holdOn } from "./progress.ts";
import { questionOf } from "./question.ts";
import { rungOf } from "./rung.ts";

/** What the client declares: a legacy one when its session began, a modern one in each request. */
function capabilitiesOf({ conversation, message }: Asking): JsonObject {
  const said = conversation.era === "legacy" ? conversation.handshake?.frame.message : message;
  if (said?.kind !== "request") return {};
  return CODECS[conversation.era].envelope(said.params).capabilities ?? {};
}

/** Lets the client of a held call wait for people as well as it can, and never longer than any client waits. */
export function climb(gate: Gate, asking: Asking, held: Held, again: Again): Ending | Promise<Ending> {
  const { call, approval } = held;
  const token = call.meta["progressToken"];
  const rung = rungOf({
    era: call.era,
    method: call.method,
    capabilities: capabilitiesOf(asking),
    progress_token: token,
    page: approval.link !== undefined,
  });
  const question = questionOf(held);
  const modern = call.era === "modern";
  const ask = (params: JsonObject): Ending | Promise<Ending> =>
    modern
      ? sentToUser(gate.returns, asking, held, params, gate.now())
      : askUser(gate, asking, held, again, params, token);
  switch (rung) {
    case "task":
      return beginTask(gate, asking, held, again) ?? held.told;
    case "page":
      return ask({
        mode: "url",
        ...question,
        url: approval.link ?? "",
        ...(!modern && { elicitationId: call.id }),
      });
    case "form":
      // The oldest clients that show forms know of no modes.
      return ask({ ...(modern && { mode: "form" }), ...question, requestedSchema: NO_FIELDS });
    case "progress":
      return holdOn(gate, asking, held, again, token);
    case "at-once":
      return held.told;
  }
}
