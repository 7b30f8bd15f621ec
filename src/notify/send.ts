import type { Instant } from "../call/id.ts";
import { channelOf } from "../config/channels.ts";
import type { Config } from "../config/config.ts";
import type { Outbound } from "../outbound/outbound.ts";
import type { Letter } from "../store/outbox.ts";
import type { Log } from "../telemetry/log.ts";
import { type Outcome, SENT } from "./outcome.ts";
import { plainText, type Words, wordsOf } from "./words.ts";

/** Sends one letter to its channel. Rejects only for mistakes of the program. */
export type Send = (letter: Letter, signal: AbortSignal) => Promise<Outcome>;

export interface SendPorts {
  readonly outbound: Outbound;
  readonly log: Pick<Log, "warn">;
  readonly now: () => Instant;
}

const ELSEWHERE: Outcome = Object.freeze({ kind: "elsewhere", why: "this gate has no such channel" });

function logged({ id, topic, about, tenant }: Letter, words: Words, log: SendPorts["log"]): Outcome {
  log.warn({ notice: id, topic, about, tenant, text: plainText(words) }, words.title);
  return SENT;
}

/** The way to every configured channel; what a channel needs is loaded when the first letter goes there. */
export function sending(
  { notifications, public_url }: Pick<Config, "notifications" | "public_url">,
  { outbound, log, now }: SendPorts,
): Send {
  const { slack, teams, mail, webhooks } = notifications;
  return async (letter, signal) => {
    const channel = channelOf(letter.to);
    const words = wordsOf(letter, public_url);
    switch (channel?.kind) {
      case "slack":
        if (slack === undefined) return ELSEWHERE;
        return (await import("./slack.ts")).sendSlack(slack, channel.channel, words, outbound, signal);
      case "teams": {
        const url = Object.hasOwn(teams, channel.name) ? teams[channel.name] : undefined;
        if (url === undefined) return ELSEWHERE;
        return (await import("./teams.ts")).sendTeams(url, words, outbound, signal);
      }
      case "mail":
        if (mail === undefined) return ELSEWHERE;
        return (await import("./mail.ts")).sendMail(mail, channel.address, letter, words, outbound, signal);
      case "webhook":
      case "https": {
        const found = webhooks.find(({ name, url }) =>
          channel.kind === "webhook" ? name === channel.name : url === channel.url,
        );
        if (found === undefined) return ELSEWHERE;
        const { sendWebhook } = await import("./webhook.ts");
        return sendWebhook(found, letter, words, outbound, now(), signal);
      }
      case "log":
        return logged(letter, words, log);
      case undefined:
        return { kind: "never", why: "it names no channel" };
    }
  };
}
