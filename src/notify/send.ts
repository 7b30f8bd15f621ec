import { type ApprovalId, type Instant, parseApprovalId } from "../call/id.ts";
import type { TenantId } from "../call/principal.ts";
import type { Notifications } from "../config/notifications.ts";
import type { Outbound } from "../outbound/outbound.ts";
import { channelOf } from "../policy/channel.ts";
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
  /** The page of a question to people, with all of its address; undefined where this gate has none that they reach. */
  readonly pageOf?: PageOf | undefined;
}
export type PageOf = (tenant: TenantId, id: ApprovalId, until: Instant) => Promise<string> | undefined;

/** A page outlives its question by so much, for whoever comes late. */
const PAGE_MS = 7 * 86_400_000;

async function linkOf(
  { about, tenant, data }: Letter,
  { pageOf, now }: SendPorts,
): Promise<string | undefined> {
  const id = parseApprovalId(about);
  const { until } = data;
  return id && (await pageOf?.(tenant, id, (typeof until === "number" ? until : now()) + PAGE_MS));
}

const ELSEWHERE: Outcome = Object.freeze({ kind: "elsewhere", why: "this gate has no such channel" });

function logged({ id, topic, about, tenant }: Letter, words: Words, log: SendPorts["log"]): Outcome {
  log.warn({ notice: id, topic, about, tenant, text: plainText(words) }, words.title);
  return SENT;
}

/** The way to every configured channel; what a channel needs is loaded when the first letter goes there. */
export function sending({ slack, teams, mail, webhooks }: Notifications, ports: SendPorts): Send {
  const { outbound, log, now } = ports;
  return async (letter, signal) => {
    const channel = channelOf(letter.to);
    const words = wordsOf(letter, await linkOf(letter, ports));
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
