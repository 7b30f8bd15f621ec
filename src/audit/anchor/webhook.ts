import { Webhook } from "standardwebhooks";
import type { Outbound } from "../../outbound/outbound.ts";
import { parseCheckpoint } from "../note/checkpoint.ts";
import { type Anchor, NotTaken } from "./anchor.ts";

/** Posts each checkpoint as an event `log.checkpoint`, signed as Standard Webhooks says. */
export function webhookAnchor(
  name: string,
  url: string,
  secrets: readonly string[],
  { fetch }: Pick<Outbound, "fetch">,
): Anchor {
  return {
    name,
    async show({ signed: { tenant, size, at, note }, now }) {
      const origin = parseCheckpoint(note)?.checkpoint.origin ?? "";
      const data = { origin, tenant, size, note };
      const body = JSON.stringify({ type: "log.checkpoint", timestamp: new Date(at).toISOString(), data });
      // The same id on every try, so that a receiver that heard it already knows.
      const id = `chk_${Buffer.from(origin).toString("base64url")}_${size}`;
      const when = new Date(now);
      const response = await fetch(url, {
        method: "POST",
        headers: {
          "content-type": "application/json",
          "webhook-id": id,
          "webhook-timestamp": String(Math.floor(now / 1000)),
          "webhook-signature": secrets.map((secret) => new Webhook(secret).sign(id, when, body)).join(" "),
        },
        body,
      });
      if (!response.ok) throw new NotTaken(`the receiver answers ${response.status}`);
      return [];
    },
  };
}
