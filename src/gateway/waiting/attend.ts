import type { Ending } from "../../upstream/leg.ts";
import type { Asking } from "../addresses/address.ts";
import { callOf } from "../call.ts";
import type { Gate } from "../gate.ts";
import { serve } from "../serve.ts";
import { type Comeback, comebackOf } from "./comeback.ts";
import { takenBack, withdraw } from "./held.ts";
import { aboutTask } from "./held-tasks.ts";

/**
 * A judged request, and what its client gets while people decide about it. Rejects as `serve` does. The ways to wait are
 * loaded with the first call that does: most gates never ask anybody.
 */
export function attend(gate: Gate, asking: Asking): Promise<Ending> {
  const about = aboutTask(gate, asking);
  if (about !== undefined) return about;
  const again = (later: Asking): Promise<Ending> => serve(gate, later);
  const back = comebackOf(asking, gate.returns, gate.now());
  if (back === undefined)
    return serve(gate, asking, async (held) => (await import("./climb.ts")).climb(gate, asking, held, again));
  switch (back.said) {
    case "accept":
      return serve(gate, back.asking, async (held) =>
        (await import("./progress.ts")).holdOn(gate, back.asking, held, again),
      );
    case "decline":
      return letBe(gate, back);
    case "nothing":
      return again(back.asking);
  }
}

/** Its user does not want it any more: nothing runs, whatever people say. */
async function letBe(gate: Gate, { asking, approval, call }: Comeback): Promise<Ending> {
  const { principal } = asking.conversation;
  const asked = await gate.desk.get(principal.tenant, approval);
  await withdraw(gate, principal, approval);
  const { server = "", policy_version = "" } = asked?.question.shown ?? {};
  const held = { ...callOf(gate, asking.conversation, asking.frame, asking.message, server), id: call };
  const rule = { source: policy_version, rule: asked?.question.asks[0]?.rule ?? "" };
  return takenBack(asking, held, rule, approval);
}
