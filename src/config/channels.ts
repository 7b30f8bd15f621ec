import { CHANNELS, channelOf } from "../policy/channel.ts";
import type { Unreachable } from "../policy/impossible.ts";

/** What a configuration can send to. */
export interface Reachable {
  /** `every`: any channel; else those that have a webhook. */
  readonly slack: "every" | readonly string[];
  readonly teams: readonly string[];
  readonly mail: boolean;
  readonly webhooks: readonly string[];
  /** Their addresses; undefined where they are not known here. */
  readonly urls: readonly string[] | undefined;
}

const listed = (names: readonly string[], key: string): string =>
  names.length === 0 ? `add it under \`${key}\`, where nothing is yet` : `known: ${names.join(", ")}`;

/** Why nothing can be sent to a channel, and what to do about it; undefined where it can. */
export function channelFault(text: string, to: Reachable): Unreachable | undefined {
  const channel = channelOf(text);
  switch (channel?.kind) {
    case undefined:
      return { message: `"${text}" is no place where somebody can be told`, hint: CHANNELS };
    case "slack":
      if (to.slack === "every" || to.slack.includes(channel.channel)) return undefined;
      if (to.slack.length > 0)
        return { message: `the Slack channel ${channel.channel} has no webhook`, hint: listed(to.slack, "") };
      return {
        message: "Slack is not configured",
        hint: 'add `notifications: { slack: { token: "${SLACK_TOKEN}" } }`',
      };
    case "teams":
      if (to.teams.includes(channel.name)) return undefined;
      return {
        message: `the Teams channel ${channel.name} is not configured`,
        hint: listed(to.teams, "notifications.teams"),
      };
    case "mail":
      if (to.mail) return undefined;
      return {
        message: "mail is not configured",
        hint: "add `notifications: { mail: { host: …, from: … } }`",
      };
    case "webhook":
      if (to.webhooks.includes(channel.name)) return undefined;
      return {
        message: `the webhook ${channel.name} is not configured`,
        hint: listed(to.webhooks, "notifications.webhooks"),
      };
    case "https":
      // Nothing is sent unsigned, and to nowhere that only a policy names.
      if (to.urls === undefined || to.urls.includes(channel.url)) return undefined;
      return {
        message: "no webhook with this address is configured, so nothing could be signed for it",
        hint: "add it under `notifications.webhooks` with its secret",
      };
    case "log":
      return undefined;
  }
}
