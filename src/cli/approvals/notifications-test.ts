import { noticeId } from "../../call/id.ts";
import { channelFault } from "../../config/channels.ts";
import type { Config } from "../../config/config.ts";
import { reachable } from "../../config/notifications.ts";
import { printable } from "../../document/render.ts";
import type { Outcome } from "../../notify/outcome.ts";
import { sending } from "../../notify/send.ts";
import { openOutbound } from "../../outbound/outbound.ts";
import type { Letter } from "../../store/outbox.ts";
import { openLog } from "../../telemetry/log.ts";
import { configured } from "../configured.ts";
import { Failure } from "../failure.ts";
import { jsonLine, print } from "../out.ts";
import { say } from "../say.ts";

const SEND_MS = 30_000;

/** Sends now, past the outbox: whoever tries a channel wants to know at once. */
async function sent({ notifications, outbound }: Config, to: string): Promise<Outcome> {
  const at = Date.now();
  const data = { message: "This channel works: portcullis notifications test." };
  const letter: Letter = { id: noticeId(at), tenant: "default", at, topic: "test", about: "", to, data };
  const out = openOutbound(outbound.allow);
  try {
    const send = sending(notifications, { outbound: out, log: openLog(), now: Date.now });
    return await send(letter, AbortSignal.timeout(SEND_MS));
  } finally {
    await out.close();
  }
}

/** `portcullis notifications test`: exit 1 where the receiver does not want it, 2 a wrong channel, 3 out of reach. */
export async function test(
  [channel = ""]: readonly string[],
  options: Readonly<Record<string, unknown>>,
): Promise<number> {
  const config = configured(options["config"] as string | undefined);
  const fault = channelFault(channel, reachable(config.notifications));
  if (fault !== undefined) throw new Failure(2, printable(fault.message), fault.hint);
  const outcome = await sent(config, channel);
  const why = outcome.kind === "sent" ? undefined : outcome.why;
  if (options["json"] === true) await print(jsonLine({ channel, outcome: outcome.kind, why }));
  else if (why === undefined) say("ok", `${printable(channel)} took the test notice`);
  else say("fail", `${printable(channel)}: ${printable(why)}`);
  if (outcome.kind === "sent") return 0;
  return outcome.kind === "never" ? 1 : 3;
}
