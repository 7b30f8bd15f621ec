import { z } from "zod";

const secret = z.string().min(1).max(4096);
const name = z
  .string()
  .regex(
    /^[A-Za-z0-9][A-Za-z0-9._-]{0,79}$/,
    "a channel's name is up to 80 letters, digits, `.`, `_` and `-`",
  );
/** What alerts are about. */
const ALERT_KINDS = ["limit", "violation", "upstream", "policy", "log"] as const;
export type AlertKind = (typeof ALERT_KINDS)[number];

const slack = z
  .strictObject({
    token: secret
      .optional()
      .describe("A bot token with chat:write, as ${NAME}. Reaches every channel it is in."),
    webhook: z
      .union([secret, z.record(name, secret)])
      .optional()
      .describe(
        "Instead of a token: the URL of an incoming webhook, as ${NAME}, whatever channel a notice names; or a URL for each channel.",
      ),
    api: z
      .string()
      .max(2048)
      .optional()
      .describe("Where the Web API is, where it is not https://slack.com/api: GovSlack."),
  })
  .describe("slack://CHANNEL.");

const mail = z
  .strictObject({
    host: z.string().min(1).max(253).describe("The relay. One inside must stand in outbound.allow."),
    port: z.int().min(1).max(65_535).optional().describe("Built in: 587, with tls 465, with none 25."),
    security: z
      .enum(["starttls", "tls", "none"])
      .optional()
      .describe(
        "starttls (built in): nothing is sent where the relay has none. none: without a password only.",
      ),
    from: z.string().min(3).max(320).describe("The sender: gate@example.com."),
    user: z.string().min(1).max(320).optional().describe("Where the relay wants one."),
    password: secret.optional().describe("As ${NAME}."),
  })
  .describe("mailto:ADDRESS.");

const webhook = z
  .strictObject({
    url: secret.describe("https://…"),
    secrets: z
      .array(secret)
      .min(1)
      .max(2)
      .describe("whsec_…, as ${NAME}. Two while one takes the other's place: notices are signed with both."),
  })
  .describe("Signed as Standard Webhooks says.");

const alert = z.strictObject({
  on: z
    .array(z.enum(ALERT_KINDS))
    .min(1)
    .max(5)
    .describe(
      "limit: nearly or fully used up. violation: a call was denied. upstream: a server is down, or up again. policy: taken back. log: not kept, not signed, or not what was signed.",
    ),
  to: z
    .array(z.string().min(1).max(2048))
    .min(1)
    .max(20)
    .describe("Channels, as `notify` of a rule names them."),
  cooldown: z.string().max(16).optional().describe("How long the same is not told again. Built in: 10m."),
});

/** `notifications`. */
export const notificationSchema = z
  .strictObject({
    slack: slack.optional(),
    teams: z
      .record(name, secret)
      .optional()
      .describe("teams://NAME: the URL of a Workflows webhook for each, as ${NAME}."),
    mail: mail.optional(),
    webhooks: z.record(name, webhook).optional().describe("webhook://NAME, or their own https://… address."),
    alerts: z
      .array(alert)
      .max(100)
      .optional()
      .describe("What is told beside questions to approvers, and to whom."),
  })
  .describe("Where people and other systems are told. log: needs nothing.");

/** `outbound`. */
export const outboundSchema = z
  .strictObject({
    allow: z
      .array(z.string().min(1).max(253))
      .max(100)
      .optional()
      .describe("Hosts, addresses and networks (10.1.0.0/16) inside that may be reached all the same."),
  })
  .describe("What the gate itself fetches and sends goes to public addresses only, over https.");

export type NotificationsFile = z.output<typeof notificationSchema>;
