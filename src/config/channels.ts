/** Where somebody can be told, as policies and alerts write it. */
export type Channel =
  | { readonly kind: "slack"; readonly channel: string }
  | { readonly kind: "teams"; readonly name: string }
  | { readonly kind: "mail"; readonly address: string }
  | { readonly kind: "webhook"; readonly name: string }
  | { readonly kind: "https"; readonly url: string }
  | { readonly kind: "log" };

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

export interface ChannelFault {
  readonly message: string;
  readonly hint: string;
}

const FORMS: readonly (readonly [RegExp, (found: string) => Channel])[] = [
  [/^slack:\/\/#?([^\s/#]{1,80})$/, (channel) => ({ kind: "slack", channel })],
  [/^teams:\/\/([^\s/]{1,80})$/, (name) => ({ kind: "teams", name })],
  [/^webhook:\/\/([^\s/]{1,80})$/, (name) => ({ kind: "webhook", name })],
  [
    /^(?:mailto|smtp):(?:\/\/)?([^\s@/<>,;:"]{1,64}@[^\s@/<>,;:"]{1,253})$/,
    (address) => ({ kind: "mail", address }),
  ],
  [/^(https:\/\/\S{1,2040})$/, (url) => ({ kind: "https", url })],
  [/^(log:)(?:\/\/)?$/, () => ({ kind: "log" })],
];
const KNOWN = "known: slack://CHANNEL, teams://NAME, mailto:ADDRESS, webhook://NAME, https://…, log:";

/** A channel, or undefined where the text names none. */
export function channelOf(text: string): Channel | undefined {
  for (const [form, channel] of FORMS) {
    const found = form.exec(text)?.[1];
    if (found !== undefined) return channel(found);
  }
  return undefined;
}

const listed = (names: readonly string[], key: string): string =>
  names.length === 0 ? `none is under \`${key}\`` : `known: ${names.join(", ")}`;

/** Why nothing can be sent to a channel, and what to do about it; undefined where it can. */
export function channelFault(text: string, to: Reachable): ChannelFault | undefined {
  const channel = channelOf(text);
  switch (channel?.kind) {
    case undefined:
      return { message: `"${text}" is no place where somebody can be told`, hint: KNOWN };
    case "slack":
      if (to.slack === "every" || to.slack.includes(channel.channel)) return undefined;
      if (to.slack.length > 0)
        return { message: `the Slack channel ${channel.channel} has no webhook`, hint: listed(to.slack, "") };
      return {
        message: "Slack is not configured",
        hint: "add `notifications: { slack: { token: ${SLACK_TOKEN} } }`",
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
