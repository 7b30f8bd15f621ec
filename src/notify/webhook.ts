import { Webhook as Signer } from "standardwebhooks";
import type { Json } from "../call/json.ts";
import type { Webhook } from "../config/notifications.ts";
import type { Outbound } from "../outbound/outbound.ts";
import type { Letter } from "../store/outbox.ts";
import { answered, failed, type Outcome } from "./outcome.ts";
import { FIELDS } from "./topic.ts";
import { plainText, type Words } from "./words.ts";

/** The event as receivers get it: what people are told, and the same as data. */
export interface Event {
  readonly type: string;
  /** RFC 3339, when it happened. */
  readonly timestamp: string;
  readonly data: Readonly<Record<string, Json>>;
}

export function eventOf({ topic, at, tenant, about, data }: Letter, words: Words): Event {
  const known = FIELDS.flatMap(([key]) => {
    const value = data[key];
    return value === undefined ? [] : [[key, value] as const];
  });
  return {
    type: topic,
    timestamp: new Date(at).toISOString(),
    data: {
      ...Object.fromEntries(known),
      tenant,
      about,
      text: plainText(words),
      ...(words.link !== undefined && { link: words.link }),
    },
  };
}

/** Headers of Standard Webhooks: the same id on every try, and a signature by each secret. */
function signed(
  id: string,
  at: Date,
  body: string,
  secrets: readonly string[],
): Readonly<Record<string, string>> {
  return {
    "webhook-id": id,
    "webhook-timestamp": String(Math.floor(at.getTime() / 1000)),
    "webhook-signature": secrets.map((secret) => new Signer(secret).sign(id, at, body)).join(" "),
  };
}

/** Posts a signed event. `now`: wall clock, which receivers compare with theirs. */
export async function sendWebhook(
  { url, secrets, name }: Webhook,
  letter: Letter,
  words: Words,
  { fetch }: Pick<Outbound, "fetch">,
  now: number,
  signal: AbortSignal,
): Promise<Outcome> {
  const body = JSON.stringify(eventOf(letter, words));
  const headers = { "content-type": "application/json", ...signed(letter.id, new Date(now), body, secrets) };
  try {
    return answered(`the webhook ${name}`, await fetch(url, { method: "POST", headers, body, signal }));
  } catch (error) {
    return failed(error);
  }
}
