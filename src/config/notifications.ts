import ipaddr from "ipaddr.js";
import type { JsonPath } from "../call/json.ts";
import { readDuration } from "../document/duration.ts";
import type { Reading } from "./build.ts";
import { channelFault, type Reachable } from "./channels.ts";
import { NO_NOTIFICATIONS } from "./config.ts";
import type { AlertKind, NotificationsFile } from "./notification-schema.ts";
import { expand } from "./references.ts";
import type { ConfigFile } from "./schema.ts";

/** Slack, by a token or by webhooks; both are secrets. */
export type Slack =
  | { readonly kind: "token"; readonly token: string; readonly api: string }
  /** `any`: whatever channel is named. */
  | {
      readonly kind: "webhooks";
      readonly any: string | undefined;
      readonly by_channel: Readonly<Record<string, string>>;
    };

export interface Mail {
  readonly host: string;
  readonly port: number;
  readonly security: "starttls" | "tls" | "none";
  readonly from: string;
  /** The password is a secret. */
  readonly login: { readonly user: string; readonly password: string } | undefined;
}

export interface Webhook {
  readonly name: string;
  readonly url: string;
  /** One or two, `whsec_…`. */
  readonly secrets: readonly string[];
}

export interface AlertRule {
  readonly on: readonly AlertKind[];
  readonly to: readonly string[];
  readonly cooldown_ms: number;
}

/** Where people and other systems are told. */
export interface Notifications {
  readonly slack: Slack | undefined;
  /** Addresses by name; they are secrets. */
  readonly teams: Readonly<Record<string, string>>;
  readonly mail: Mail | undefined;
  readonly webhooks: readonly Webhook[];
  readonly alerts: readonly AlertRule[];
}

const COOLDOWN_MS = 600_000;
const PORTS = { starttls: 587, tls: 465, none: 25 } as const;
const SLACK_API = "https://slack.com/api";

/** What is wrong, and the value with the environment put in, at members of `notifications`. */
interface Section {
  readonly problem: (path: JsonPath, message: string, hint?: string) => void;
  readonly text: (path: JsonPath, written: string) => string;
}

function sectionOf({ env, origin, findings }: Reading): Section {
  const whole = (path: JsonPath): JsonPath => ["notifications", ...path];
  return {
    problem: (path, message, hint) => void findings.problems.push(origin.problem(whole(path), message, hint)),
    text: (path, written) => expand(written, whole(path), env, origin, findings),
  };
}

/** An address to send to. The text is a secret, so no message quotes it. */
function urlAt(section: Section, path: JsonPath, written: string): string {
  const text = section.text(path, written);
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (text !== "" && (url === undefined || !/^https?:$/.test(url.protocol)))
    section.problem(path, "is no https:// address");
  else if (url !== undefined && (url.username !== "" || url.password !== ""))
    section.problem(path, "has a name or password before the host, which is not sent");
  return text;
}

function urlsAt(
  section: Section,
  path: JsonPath,
  written: Readonly<Record<string, string>>,
): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(written).map(([name, text]) => [name, urlAt(section, [...path, name], text)]),
  );
}

function slackOf(section: Section, { slack }: NotificationsFile): Slack | undefined {
  if (slack === undefined) return undefined;
  const { token, webhook, api } = slack;
  if ((token === undefined) === (webhook === undefined))
    section.problem(
      ["slack"],
      "has exactly one of `token` and `webhook`",
      "a token reaches every channel that its bot is in",
    );
  if (webhook !== undefined) {
    if (api !== undefined) section.problem(["slack", "api"], "is for a token only", "leave it out");
    return typeof webhook === "string"
      ? { kind: "webhooks", any: urlAt(section, ["slack", "webhook"], webhook), by_channel: {} }
      : { kind: "webhooks", any: undefined, by_channel: urlsAt(section, ["slack", "webhook"], webhook) };
  }
  const at = urlAt(section, ["slack", "api"], api ?? SLACK_API).replace(/\/$/, "");
  return { kind: "token", token: section.text(["slack", "token"], token ?? ""), api: at };
}

/** What a header of a mail and its envelope take. */
const ADDRESS = /^[^\s@<>,;:"]{1,64}@[^\s@<>,;:"]{1,253}$/;

function mailOf(section: Section, { mail }: NotificationsFile): Mail | undefined {
  if (mail === undefined) return undefined;
  const { security = "starttls", user, password, port = PORTS[security] } = mail;
  const from = section.text(["mail", "from"], mail.from);
  if (from !== "" && !ADDRESS.test(from))
    section.problem(["mail", "from"], "is no mail address", "write gate@example.com");
  const host = section.text(["mail", "host"], mail.host);
  if ((user === undefined) !== (password === undefined))
    section.problem(["mail"], "has `user` and `password`, or neither");
  else if (user !== undefined && security === "none")
    section.problem(["mail", "security"], "would send the password in clear", "use starttls or tls");
  const login =
    user === undefined || password === undefined
      ? undefined
      : {
          user: section.text(["mail", "user"], user),
          password: section.text(["mail", "password"], password),
        };
  return { host, port, security, from, login };
}

/** `whsec_` and base64 of 24 to 64 bytes, as the specification has it. */
function isSecret(text: string): boolean {
  const found = /^whsec_([A-Za-z0-9+/]+={0,2})$/.exec(text)?.[1];
  const bytes = Buffer.from(found ?? "", "base64");
  return (
    bytes.length >= 24 &&
    bytes.length <= 64 &&
    bytes.toString("base64").replace(/=+$/, "") === found?.replace(/=+$/, "")
  );
}

function webhooksOf(section: Section, { webhooks = {} }: NotificationsFile): readonly Webhook[] {
  return Object.entries(webhooks).map(([name, written]) => {
    const path = ["webhooks", name];
    const secrets = written.secrets.map((text, index) => {
      const value = section.text([...path, "secrets", index], text);
      if (value !== "" && !isSecret(value))
        section.problem(
          [...path, "secrets", index],
          "is no secret of Standard Webhooks",
          "whsec_ and base64 of 24 to 64 bytes",
        );
      return value;
    });
    return { name, url: urlAt(section, [...path, "url"], written.url), secrets };
  });
}

/** What a configuration can send to, with everything that its secrets are not needed for. */
export function reachable({ slack, teams, mail, webhooks }: Omit<Notifications, "alerts">): Reachable {
  const every = slack?.kind === "token" || slack?.any !== undefined;
  return {
    slack: every ? "every" : Object.keys(slack?.kind === "webhooks" ? slack.by_channel : {}),
    teams: Object.keys(teams),
    mail: mail !== undefined,
    webhooks: webhooks.map(({ name }) => name),
    urls: webhooks.map(({ url }) => url),
  };
}

/** The same of a file whose environment may not be there: addresses that come from it are not known. */
export function writtenReachable({ notifications: file = {} }: ConfigFile): Reachable {
  const { slack, teams = {}, mail, webhooks = {} } = file;
  const urls = Object.values(webhooks).map(({ url }) => url);
  const bySlack = typeof slack?.webhook === "object" ? Object.keys(slack.webhook) : "every";
  return {
    slack: slack === undefined ? [] : bySlack,
    teams: Object.keys(teams),
    mail: mail !== undefined,
    webhooks: Object.keys(webhooks),
    urls: urls.some((url) => url.includes("${")) ? undefined : urls,
  };
}

function alertsOf(section: Section, { alerts = [] }: NotificationsFile, to: Reachable): readonly AlertRule[] {
  return alerts.map(({ on, to: channels, cooldown }, index) => {
    for (const [at, channel] of channels.entries()) {
      const fault = channelFault(channel, to);
      if (fault !== undefined) section.problem(["alerts", index, "to", at], fault.message, fault.hint);
    }
    const cooldown_ms = cooldown === undefined ? COOLDOWN_MS : readDuration(cooldown);
    if (cooldown_ms === undefined || cooldown_ms > 31 * 86_400_000)
      section.problem(
        ["alerts", index, "cooldown"],
        "is no stretch of time up to 31d",
        "write 10m, 1h or 1d",
      );
    return { on, to: channels, cooldown_ms: cooldown_ms ?? COOLDOWN_MS };
  });
}

/** Where people are told, and what of. What is wrong is in the findings. */
export function buildNotifications(reading: Reading): Notifications {
  const file = reading.file.notifications;
  if (file === undefined) return NO_NOTIFICATIONS;
  const section = sectionOf(reading);
  const built = {
    slack: slackOf(section, file),
    teams: urlsAt(section, ["teams"], file.teams ?? {}),
    mail: mailOf(section, file),
    webhooks: webhooksOf(section, file),
  };
  return { ...built, alerts: alertsOf(section, file, reachable(built)) };
}

/** What inside may be reached all the same. What is wrong is in the findings. */
export function buildOutbound({ file, origin, findings, env }: Reading): readonly string[] {
  return (file.outbound?.allow ?? []).map((written, index) => {
    const path = ["outbound", "allow", index];
    const text = expand(written, path, env, origin, findings);
    const known =
      ipaddr.isValidCIDR(text) || ipaddr.isValid(text) || /^[a-z0-9_-]+(?:\.[a-z0-9_-]+)*\.?$/i.test(text);
    if (text !== "" && !known)
      findings.problems.push(
        origin.problem(
          path,
          "is no host, address or network",
          "write mail.internal, 10.1.2.3 or 10.1.0.0/16",
        ),
      );
    return text;
  });
}
