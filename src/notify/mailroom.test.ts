import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { getCACertificates, setDefaultCACertificates } from "node:tls";
import { Webhook as Verifier } from "standardwebhooks";
import { beforeEach, describe, expect, test } from "vitest";
import { z } from "zod";
import { type Receiver, receiver } from "../../test/receivers/http.ts";
import { slackDouble, TOKEN } from "../../test/receivers/slack.ts";
import { type Relay, relay } from "../../test/receivers/smtp.ts";
import { type Instant, noticeId } from "../call/id.ts";
import { NO_NOTIFICATIONS } from "../config/config.ts";
import type { Mail, Notifications } from "../config/notifications.ts";
import { openOutbound } from "../outbound/outbound.ts";
import { absentStore } from "../store/absent.ts";
import { openStore } from "../store/open.ts";
import type { Letter, Posted } from "../store/outbox.ts";
import type { Store } from "../store/store.ts";
import { StoreUnusable } from "../store/unavailable.ts";
import { type Mailroom, openMailroom } from "./mailroom.ts";

const PAIR = readFileSync(new URL("../../test/receivers/localhost.pem", import.meta.url), "utf8");
const DAY_MS = 86_400_000;

let folder: string;
let store: Store;
/** How far the mailroom's clock is ahead. */
let ahead_ms: number;
let logged: string[];
let closing: (() => Promise<unknown>)[];
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "mailroom-"));
  store = await openStore({ kind: "sqlite", path: join(folder, "a.db") });
  [ahead_ms, logged, closing] = [0, [], []];
  return async () => {
    await Promise.all(closing.map((close) => close()));
    await store.close();
    rmSync(folder, { recursive: true, force: true });
  };
});

const now = (): Instant => Date.now() + ahead_ms;
const pageOf = async (_: string, id: string): Promise<string> => `https://gate.example.com/a/${id}?k=x`;
const log = {
  warn: (about: unknown, text?: string) => void logged.push(`${text} ${JSON.stringify(about)}`),
  error: (about: unknown, text?: string) => void logged.push(`${text} ${JSON.stringify(about)}`),
};

function opened(
  notifications: Partial<Notifications>,
  { on = store, ...bounds }: { on?: Store; drain_ms?: number; look_ms?: number } = {},
): Mailroom {
  const outbound = openOutbound(["127.0.0.1", "localhost"], { total_ms: 5000 });
  const mailroom = openMailroom(
    { ...NO_NOTIFICATIONS, ...notifications },
    { outbox: on.outbox, outbound, log, now, pageOf },
    { look_ms: 20, ...bounds },
  );
  closing.push(mailroom.close);
  return mailroom;
}

async function receiving(...answers: Parameters<typeof receiver>): Promise<Receiver> {
  const one = await receiver(...answers);
  closing.push(one.close);
  return one;
}

function letter(to: string, more: Partial<Letter> = {}): Letter {
  const data = { principal: "ana", server: "files", tool: "write_file", rule: "r", why: "No." };
  return {
    id: noticeId(now()),
    tenant: "default",
    at: now(),
    topic: "violation",
    about: "call_1",
    to,
    data,
    ...more,
  };
}

/** Waits for the outbox to say so of its newest letter. */
async function until(is: (posted: Posted) => boolean): Promise<Posted> {
  for (;;) {
    const [last] = await store.outbox.list({ limit: 1 });
    if (last !== undefined && is(last)) return last;
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
const sent = ({ state }: Posted): boolean => state === "sent";
const dead = ({ state }: Posted): boolean => state === "dead";
const failedOnce = ({ state, why }: Posted): boolean => state === "due" && why !== "";

describe("Slack", () => {
  const by = (slack: Receiver, token = TOKEN): Partial<Notifications> => ({
    slack: { kind: "token", token, api: `${slack.url}/api` },
  });
  async function double(errors: readonly string[] = []): Promise<Receiver> {
    const one = await slackDouble(errors);
    closing.push(one.close);
    return one;
  }

  test("takes what it is sent", async () => {
    const slack = await double();
    opened(by(slack)).tell([letter("slack://ops-channel")]);
    await until(sent);
    expect(JSON.parse(slack.got[0]?.body ?? "")).toMatchObject({
      channel: "#ops-channel",
      text: "Call denied: files/write_file",
    });
  });

  test("gets the link to a question's page", async () => {
    const slack = await double();
    const about = `apr_${letter("log:").id.slice(4)}`;
    opened(by(slack)).tell([letter("slack://ops", { topic: "approval.asked", about })]);
    await until(sent);
    expect(slack.got[0]?.body).toContain(`<https://gate.example.com/a/${about}?k=x|Open>`);
  });

  test("is asked again when it has had enough, and not before it says", async () => {
    const slack = await double(["ratelimited"]);
    opened(by(slack)).tell([letter("slack://ops")]);
    const { due_at, why } = await until(failedOnce);
    expect(why).toBe("Slack answered 429");
    expect(due_at).toBeGreaterThanOrEqual(now() + 1000 - 500);
    expect(slack.got).toHaveLength(1);
    ahead_ms += 60_000;
    expect((await until(sent)).attempts).toBe(2);
  });

  test("that does not know the token is asked for a day, then the letter is dead and can be sent again", async () => {
    const slack = await double();
    const mailroom = opened(by(slack, "wrong"));
    mailroom.tell([letter("slack://ops")]);
    expect((await until(failedOnce)).why).toBe("Slack refuses it: invalid_auth");
    ahead_ms += DAY_MS;
    const { id, why } = await until(dead);
    expect(why).toBe("Slack refuses it: invalid_auth");
    expect(logged.some((line) => line.startsWith("a notice was given up"))).toBe(true);
    expect(logged.join("\n")).not.toContain("wrong");
    await mailroom.close();
    opened(by(slack));
    ahead_ms += 1000;
    expect(await store.outbox.again(id, now())).toBe(true);
    await until(sent);
  });

  test("that has no such channel is not asked twice", async () => {
    const slack = await double(["channel_not_found"]);
    opened(by(slack)).tell([letter("slack://ops")]);
    expect((await until(dead)).attempts).toBe(1);
  });

  test("by webhooks, each for its channel", async () => {
    const hook = await receiving();
    const slack = { kind: "webhooks", any: undefined, by_channel: { ops: `${hook.url}/secret` } } as const;
    opened({ slack }).tell([letter("slack://ops")]);
    await until(sent);
    expect(hook.got).toMatchObject([{ path: "/secret" }]);
    expect(JSON.parse(hook.got[0]?.body ?? "")).not.toHaveProperty("channel");
  });
});

const run = z.strictObject({
  type: z.literal("TextRun"),
  text: z.string(),
  weight: z.enum(["Bolder"]).optional(),
  size: z.enum(["Large"]).optional(),
  isSubtle: z.boolean().optional(),
});
/** What a Workflows webhook takes. */
const teamsMessage = z.strictObject({
  type: z.literal("message"),
  attachments: z.tuple([
    z.strictObject({
      contentType: z.literal("application/vnd.microsoft.card.adaptive"),
      content: z.strictObject({
        $schema: z.literal("http://adaptivecards.io/schemas/adaptive-card.json"),
        type: z.literal("AdaptiveCard"),
        version: z.literal("1.4"),
        body: z
          .array(z.strictObject({ type: z.literal("RichTextBlock"), inlines: z.array(run).min(1) }))
          .min(1),
        actions: z
          .array(z.strictObject({ type: z.literal("Action.OpenUrl"), title: z.string(), url: z.url() }))
          .optional(),
      }),
    }),
  ]),
});

test("Teams gets a card", async () => {
  const teams = await receiving(() => ({ status: 202 }));
  opened({ teams: { ops: `${teams.url}/workflows/x?sig=y` } }).tell([letter("teams://ops")]);
  await until(sent);
  expect(teamsMessage.safeParse(JSON.parse(teams.got[0]?.body ?? "")).error).toBeUndefined();
});

describe("webhooks", () => {
  const [OLD, NEW] = [1, 2].map((byte) => `whsec_${Buffer.alloc(24, byte).toString("base64")}`) as [
    string,
    string,
  ];
  const to = ({ url }: Receiver): Partial<Notifications> => ({
    webhooks: [{ name: "siem", url, secrets: [NEW, OLD] }],
  });

  test("are signed so that either secret verifies, and nothing else does", async () => {
    const hook = await receiving();
    const one = letter("webhook://siem");
    opened(to(hook)).tell([one]);
    await until(sent);
    const [got] = hook.got;
    if (got === undefined) throw new Error("nothing came");
    const headers = got.headers as Record<string, string>;
    expect(headers["webhook-id"]).toBe(one.id);
    for (const secret of [OLD, NEW])
      expect(new Verifier(secret).verify(got.body, headers)).toMatchObject({
        type: "violation",
        timestamp: new Date(one.at).toISOString(),
        data: { ...one.data, about: "call_1", tenant: "default" },
      });
    const other = `whsec_${Buffer.alloc(24, 3).toString("base64")}`;
    expect(() => new Verifier(other).verify(got.body, headers)).toThrow("No matching signature");
    expect(() => new Verifier(NEW).verify(`${got.body} `, headers)).toThrow("No matching signature");
  });

  test("that fail get the same letter again under the same id", async () => {
    const hook = await receiving((_, index) => ({ status: index === 0 ? 503 : 204 }));
    opened(to(hook)).tell([letter("webhook://siem")]);
    await until(failedOnce);
    ahead_ms += 60_000;
    await until(sent);
    expect(new Set(hook.got.map(({ headers }) => headers["webhook-id"])).size).toBe(1);
    expect(hook.got).toHaveLength(2);
  });

  test("that are gone are not asked again, and redirects are not followed", async () => {
    const hook = await receiving((_, index) =>
      index === 0 ? { status: 302, headers: { location: "/x" } } : { status: 410 },
    );
    opened(to(hook)).tell([letter("webhook://siem")]);
    expect((await until(failedOnce)).why).toContain("302");
    ahead_ms += 60_000;
    expect((await until(dead)).why).toBe("the webhook siem answered 410");
    expect(hook.got.map(({ path }) => path)).toEqual(["/", "/"]);
  });
});

describe("mail", () => {
  async function relayed(options: Parameters<typeof relay>[0] = {}): Promise<Relay> {
    const one = await relay({ key: PAIR, cert: PAIR, ...options });
    closing.push(one.close);
    return one;
  }
  const through = ({ port }: Relay, more: Partial<Mail> = {}): Partial<Notifications> => ({
    mail: {
      host: "localhost",
      port,
      security: "starttls",
      from: "gate@example.com",
      login: undefined,
      ...more,
    },
  });
  /** This process believes the relay's certificate from here on. */
  const trust = (): void => {
    const before = getCACertificates();
    setDefaultCACertificates([...before, PAIR.slice(0, PAIR.indexOf("-----BEGIN PRIVATE"))]);
    closing.push(async () => setDefaultCACertificates(before));
  };

  test("goes encrypted, signed in, to one address, with nothing that a letter put into its head", async () => {
    trust();
    const one = await relayed({
      onAuth: ({ username, password }, _session, done) =>
        username === "gate" && password === "word" ? done(null, { user: username }) : done(new Error("no")),
    });
    const login = { user: "gate", password: "word" };
    const data = { server: "files", tool: "x\r\nBcc: eve@evil.example\r\n\r\nhello", why: "é".repeat(100) };
    const sentLetter = letter("mailto:ops@example.com", { data });
    opened(through(one, { login })).tell([sentLetter]);
    await until(sent);
    expect(one.mails).toMatchObject([
      { from: "gate@example.com", to: ["ops@example.com"], secure: true, user: "gate" },
    ]);
    const [head = ""] = one.mails[0]?.text.split("\r\n\r\n") ?? [];
    expect(head).toContain(`Message-ID: <${sentLetter.id}@example.com>`);
    expect(head).not.toMatch(/^Bcc:/im);
    expect(head).toMatch(/^Content-Type: text\/plain/m);
  });

  test("is not sent where the relay is not who it should be, or takes nothing encrypted", async () => {
    const stranger = await relayed();
    const first = opened(through(stranger));
    first.tell([letter("mailto:ops@example.com")]);
    expect((await until(failedOnce)).why).toContain("the mail relay refuses it");
    await first.close();
    const bare = await relayed({ hideSTARTTLS: true, disabledCommands: ["STARTTLS"] });
    const second = letter("mailto:ops@example.com");
    opened(through(bare)).tell([second]);
    await until((posted) => posted.id === second.id && (failedOnce(posted) || sent(posted)));
    expect([...stranger.mails, ...bare.mails]).toEqual([]);
  });

  test("to somebody whom the relay does not know is dead", async () => {
    const one = await relayed({
      disabledCommands: ["STARTTLS"],
      onRcptTo: (_address, _session, done) =>
        done(Object.assign(new Error("no such user"), { responseCode: 550 })),
    });
    opened(through(one, { security: "none" })).tell([letter("mailto:nobody@example.com")]);
    expect((await until(dead)).why).toContain("550");
  });

  test("reaches no relay inside that is not listed", async () => {
    const one = await relayed();
    const ports = { outbox: store.outbox, outbound: openOutbound([]), log, now };
    const mailroom = openMailroom({ ...NO_NOTIFICATIONS, ...through(one) }, ports, { look_ms: 20 });
    closing.push(mailroom.close);
    mailroom.tell([letter("mailto:ops@example.com")]);
    expect((await until(failedOnce)).why).toContain("outbound.allow");
  });
});

describe("the outbox", () => {
  test("a channel of another gate's is left to that one", async () => {
    opened({}).tell([letter("teams://ops")]);
    expect((await until(failedOnce)).why).toBe("this gate has no such channel");
    const teams = await receiving();
    opened({ teams: { ops: teams.url } });
    // Whoever looks first has it, and who cannot send it lets go of it.
    const jumping = setInterval(() => (ahead_ms += 20_000), 25);
    await until(sent).finally(() => clearInterval(jumping));
  });

  test("of many letters each is sent once, by two mailrooms on one store", async () => {
    const hook = await receiving();
    const other = await openStore({ kind: "sqlite", path: join(folder, "a.db") });
    closing.push(() => other.close());
    const teams = { ops: hook.url };
    const letters = Array.from({ length: 60 }, () => letter("teams://ops"));
    opened({ teams }).tell(letters);
    opened({ teams }, { on: other });
    await hook.received(60);
    // What was sent is noted after it was: an end has only so much time for that.
    await expect.poll(() => store.outbox.waiting()).toBe(0);
    await Promise.all(closing.splice(-2, 2).map((close) => close()));
    expect(hook.got).toHaveLength(60);
  });

  test("a channel that hangs keeps no other waiting", async () => {
    const silent = await receiving(() => undefined);
    const well = await receiving();
    const teams = { silent: silent.url, well: well.url };
    const mailroom = opened({ teams }, { drain_ms: 100 });
    mailroom.tell(Array.from({ length: 200 }, () => letter("teams://silent")));
    await silent.received(1);
    mailroom.tell([letter("teams://well")]);
    await well.received(1);
    expect(silent.got.length).toBeLessThanOrEqual(4);
  });

  test("what is told just before the end is still sent", async () => {
    const hook = await receiving();
    const mailroom = opened({ teams: { ops: hook.url } });
    mailroom.tell([letter("teams://ops")]);
    await mailroom.close();
    expect(hook.got).toHaveLength(1);
    expect(await store.outbox.list({ limit: 9 })).toMatchObject([{ state: "sent" }]);
  });

  test("what others put just before the end is still sent", async () => {
    const hook = await receiving();
    const mailroom = opened({ teams: { ops: hook.url } }, { look_ms: 60_000 });
    mailroom.tell([letter("teams://ops")]);
    await until(sent);
    await store.outbox.put([letter("teams://ops")]);
    await mailroom.close();
    expect(hook.got).toHaveLength(2);
  });

  test("what a receiver does not answer does not keep the gate from ending, and is due at once for the next", async () => {
    const silent = await receiving(() => undefined);
    const mailroom = opened({ teams: { ops: silent.url } }, { drain_ms: 50 });
    mailroom.tell([letter("teams://ops")]);
    await silent.received(1);
    await mailroom.close();
    const [left] = await store.outbox.list({ limit: 1 });
    expect(left?.state).toBe("due");
    expect(left?.due_at).toBeLessThanOrEqual(now());
  });

  test("a store that takes nothing is no matter of whoever tells", async () => {
    const mailroom = opened({}, { on: absentStore(new StoreUnusable("it is gone", "there", "Mend it.")) });
    mailroom.tell([letter("log:")]);
    mailroom.happened({
      kind: "limit",
      tenant: "default",
      topic: "limit.alert",
      about: "",
      key: "k",
      data: {},
    });
    await mailroom.close();
    expect(logged.some((line) => line.startsWith("notices could not be kept, and are lost"))).toBe(true);
  });

  test("a letter that is too large keeps no other out", async () => {
    const mailroom = opened({});
    mailroom.tell([letter("log:", { data: { why: "x".repeat(20_000) } }), letter("log:")]);
    await until(sent);
    expect(logged.some((line) => line.startsWith("a notice is too large"))).toBe(true);
    expect(logged.some((line) => line.startsWith("Call denied: files/write_file"))).toBe(true);
  });
});
