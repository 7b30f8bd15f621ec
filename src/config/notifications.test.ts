import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeEach, describe, expect, test } from "vitest";
import { Problems } from "../document/problem.ts";
import { renderProblem } from "../document/render.ts";
import { channelOf } from "../policy/channel.ts";
import { channelFault } from "./channels.ts";
import type { Config } from "./config.ts";
import { loadConfig } from "./load.ts";
import { reachable } from "./notifications.ts";

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "notifications-"));
  mkdirSync(join(folder, "policy"));
  return () => rmSync(folder, { recursive: true, force: true });
});

const SECRET = `whsec_${Buffer.alloc(24, 7).toString("base64")}`;

function loaded(text: string, env: Readonly<Record<string, string>> = {}): Config {
  const file = join(folder, "portcullis.yaml");
  writeFileSync(file, `version: 1\n${text}`);
  return loadConfig({ file, env, cwd: folder }).config;
}

function refused(text: string, env: Readonly<Record<string, string>> = {}): string {
  try {
    loaded(text, env);
  } catch (error) {
    if (error instanceof Problems)
      return error.problems.map((each) => renderProblem(each, { color: false })).join("\n");
    throw error;
  }
  throw new Error("nothing was refused");
}

test("everything together, with its secrets from the environment", () => {
  const text = `
public_url: https://gate.example.com/
outbound: { allow: [mail.internal, 10.1.0.0/16] }
notifications:
  slack: { token: "\${SLACK}" }
  teams: { ops: "\${TEAMS}" }
  mail: { host: mail.internal, from: gate@example.com, user: gate, password: "\${MAIL}" }
  webhooks: { siem: { url: "https://siem.example/in", secrets: ["\${HOOK}"] } }
  alerts:
    - { on: [limit, violation], to: ["slack://ops", "teams://ops", "webhook://siem"], cooldown: 1h }
    - { on: [upstream], to: ["mailto:ana@example.com", "https://siem.example/in", "log:"] }
`;
  const env = { SLACK: "xoxb-1", TEAMS: "https://teams.example/x", MAIL: "word", HOOK: SECRET };
  const { notifications, public_url, outbound } = loaded(text, env);
  expect({ notifications, public_url, outbound }).toEqual({
    public_url: "https://gate.example.com",
    outbound: { allow: ["mail.internal", "10.1.0.0/16"] },
    notifications: {
      slack: { kind: "token", token: "xoxb-1", api: "https://slack.com/api" },
      teams: { ops: "https://teams.example/x" },
      mail: {
        host: "mail.internal",
        port: 587,
        security: "starttls",
        from: "gate@example.com",
        login: { user: "gate", password: "word" },
      },
      webhooks: [{ name: "siem", url: "https://siem.example/in", secrets: [SECRET] }],
      alerts: [
        {
          on: ["limit", "violation"],
          to: ["slack://ops", "teams://ops", "webhook://siem"],
          cooldown_ms: 3_600_000,
        },
        {
          on: ["upstream"],
          to: ["mailto:ana@example.com", "https://siem.example/in", "log:"],
          cooldown_ms: 600_000,
        },
      ],
    },
  });
});

test("without any of it nobody is told", () => {
  const { notifications, public_url, outbound } = loaded("");
  expect({ notifications, public_url, outbound }).toEqual({
    public_url: undefined,
    outbound: { allow: [] },
    notifications: { slack: undefined, teams: {}, mail: undefined, webhooks: [], alerts: [] },
  });
});

describe("what is wrong is said, with its line and how to mend it", () => {
  test.each<[string, string, string]>([
    ["no way into Slack", "notifications: { slack: {} }", "exactly one of `token` and `webhook`"],
    ["two ways into Slack", 'notifications: { slack: { token: a, webhook: "https://x" } }', "exactly one"],
    ["an address that is none", "notifications: { teams: { ops: nowhere } }", "is no https:// address"],
    [
      "a name in an address",
      'notifications: { teams: { ops: "https://a:b@c.example" } }',
      "has a name or password before the host",
    ],
    [
      "a secret of another kind",
      'notifications: { webhooks: { a: { url: "https://x", secrets: [abc] } } }',
      "whsec_",
    ],
    [
      "a sender with a line in it",
      'notifications: { mail: { host: a, from: "a@b\\nc" } }',
      "is no mail address",
    ],
    [
      "a password in clear over the wire",
      "notifications: { mail: { host: a, from: a@b.c, security: none, user: a, password: b } }",
      "in clear",
    ],
    ["a user without a password", "notifications: { mail: { host: a, from: a@b.c, user: a } }", "or neither"],
    [
      "a channel that is not configured",
      'notifications: { alerts: [{ on: [limit], to: ["slack://ops"] }] }',
      "Slack is not configured",
    ],
    [
      "a time that is none",
      'notifications: { alerts: [{ on: [limit], to: ["log:"], cooldown: soon }] }',
      "no stretch of time",
    ],
    [
      "something unknown to tell of",
      'notifications: { alerts: [{ on: [weather], to: ["log:"] }] }',
      "weather",
    ],
    ["an unknown key", "notifications: { slak: {} }", "slack"],
    ["a network that is none", 'outbound: { allow: ["10.0.0.0/99"] }', "is no host, address or network"],
    ["an address with a path", 'outbound: { allow: ["a.example/b"] }', "is no host, address or network"],
    ["a public address that is none", "public_url: ftp://x", "is no https:// address"],
    [
      "a variable that is not set",
      'notifications: { slack: { token: "${NONE}" } }',
      "the environment has no NONE",
    ],
  ])("%s", (_, text, said) => {
    const problems = refused(text);
    expect(problems).toContain(said);
    expect(problems).toContain("portcullis.yaml:2:");
  });

  test("and no secret is shown with it", () => {
    const text = `
notifications:
  slack: { token: hidden-1, webhook: "https://hidden-2" }
  teams: { ops: hidden-3 }
  webhooks:
    a: { url: "hidden-4", secrets: [hidden-5, hidden-6] }
  mail: { host: h, from: nobody, user: u, password: hidden-7 }`;
    const problems = refused(text);
    expect(problems).not.toContain("hidden");
    expect(problems.match(/portcullis\.yaml:/g)?.length).toBeGreaterThan(4);
  });
});

describe("channels", () => {
  const none = { slack: [], teams: [], mail: false, webhooks: [], urls: [] } as const;
  test.each([
    ["slack://ops-channel", { kind: "slack", channel: "ops-channel" }],
    ["slack://#ops", { kind: "slack", channel: "ops" }],
    ["teams://ops", { kind: "teams", name: "ops" }],
    ["mailto:a@b.c", { kind: "mail", address: "a@b.c" }],
    ["smtp://a@b.c", { kind: "mail", address: "a@b.c" }],
    ["webhook://siem", { kind: "webhook", name: "siem" }],
    ["https://x.example/y?z=1", { kind: "https", url: "https://x.example/y?z=1" }],
    ["log:", { kind: "log" }],
    ["log://", { kind: "log" }],
    ["http://x.example", undefined],
    ["slack://a/b", undefined],
    ["slack://", undefined],
    ["mailto:a@b.c,d@e.f", undefined],
    ["mailto:a@b.c\r\nBcc: x@y.z", undefined],
    ["mailto:Ana <a@b.c>", undefined],
    ["", undefined],
  ])("%s", (text, channel) => {
    expect(channelOf(text)).toEqual(channel);
  });

  test("only log needs no configuration", () => {
    expect(channelFault("log:", none)).toBeUndefined();
    for (const text of [
      "slack://a",
      "teams://a",
      "mailto:a@b.c",
      "webhook://a",
      "https://a.example",
      "nowhere",
    ])
      expect(channelFault(text, none)?.hint).toMatch(/notifications|known/);
  });

  test("a Slack channel with webhooks for others, and a webhook that no address is known of", () => {
    const slack = { kind: "webhooks", any: undefined, by_channel: { ops: "https://x" } } as const;
    const to = reachable({ slack, teams: {}, mail: undefined, webhooks: [] });
    expect(channelFault("slack://ops", to)).toBeUndefined();
    expect(channelFault("slack://dev", to)?.message).toContain("dev has no webhook");
    expect(channelFault("https://x.example", { ...to, urls: undefined })).toBeUndefined();
  });
});
