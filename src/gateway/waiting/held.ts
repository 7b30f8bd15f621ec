import type { Call } from "../../call/call.ts";
import type { ApprovalId } from "../../call/id.ts";
import type { Principal } from "../../call/principal.ts";
import type { Deny, Hold, Waiting } from "../../call/verdict.ts";
import type { Ending } from "../../upstream/leg.ts";
import { spoken } from "../../upstream/spoken.ts";
import { CODECS } from "../../wire/codecs.ts";
import { frameOf } from "../../wire/frame.ts";
import type { Asking } from "../addresses/address.ts";
import type { Gate } from "../gate.ts";
import { refusalBody } from "../refuse.ts";

/** A call that waits for people: it is on record as held, and nothing of it has left. */
export interface Held {
  readonly call: Call;
  readonly hold: Hold;
  readonly approval: Waiting;
  /** What says so at once. */
  readonly told: Ending;
}

/** What the client of a held call gets. */
export type OnHold = (held: Held) => Promise<Ending> | Ending;

/** Serves a request once more: it is judged anew, and runs if people approved it meanwhile. */
export type Again = (asking: Asking) => Promise<Ending>;

/** Who asked takes the question back, unless people were quicker. */
export async function withdraw({ desk }: Gate, principal: Principal, id: ApprovalId): Promise<void> {
  const { tenant, id: by, roles, source } = principal;
  await desk.withdraw(tenant, id, { id: by, roles, source });
}

/** The answer to a call whose user has taken the question back. */
export function takenBack({ message }: Asking, call: Call, rule: Hold["rule"], id: ApprovalId): Ending {
  const cause = { kind: "not-approved", approval: id } as const;
  const verdict: Deny = { kind: "deny", rule, cause, why: "Its user took the question back." };
  const body = refusalBody(verdict, call, CODECS[call.era].refusalResult);
  return spoken(frameOf({ ...body, id: message.id }));
}
