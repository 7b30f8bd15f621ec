import type { Slack } from "../config/notifications.ts";
import type { Outbound } from "../outbound/outbound.ts";
import { answered, failed, later, type Outcome, SENT } from "./outcome.ts";
import type { Words } from "./words.ts";

interface Plain {
  readonly type: "plain_text";
  readonly text: string;
  readonly emoji: false;
}
/** The blocks of Block Kit that notices are made of. */
export type Block =
  | { readonly type: "header"; readonly text: Plain }
  | { readonly type: "section"; readonly fields: readonly Plain[] }
  | { readonly type: "section"; readonly text: { readonly type: "mrkdwn"; readonly text: string } }
  | { readonly type: "context"; readonly elements: readonly Plain[] };

const FIELDS_MOST = 10;

const plain = (text: string): Plain => ({ type: "plain_text", text, emoji: false });

/** What Slack takes for control sequences: mentions, links. */
function escaped(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}

/** What comes from elsewhere is plain text, which Slack does not read for markup; only the gate's own link is marked up. */
export function blocksOf({ title, rows, next, link }: Words): readonly Block[] {
  const fields = rows.map(([label, text]) => plain(`${label}\n${text}`));
  const sections = Array.from({ length: Math.ceil(fields.length / FIELDS_MOST) }, (_, index) => ({
    type: "section" as const,
    fields: fields.slice(index * FIELDS_MOST, (index + 1) * FIELDS_MOST),
  }));
  const last: readonly Block[] =
    link !== undefined
      ? [
          {
            type: "section",
            text: { type: "mrkdwn", text: `<${escaped(link.replaceAll("|", "%7C"))}|Open>` },
          },
        ]
      : next !== undefined
        ? [{ type: "context", elements: [plain(next)] }]
        : [];
  return [{ type: "header", text: plain(title) }, ...sections, ...last];
}

function bodyOf(words: Words): Readonly<Record<string, unknown>> {
  return { text: escaped(words.title), blocks: blocksOf(words), unfurl_links: false, unfurl_media: false };
}

/** Slack's names for what no second try mends. */
const FINAL: ReadonlySet<string> = new Set([
  "channel_not_found",
  "is_archived",
  "invalid_blocks",
  "msg_too_long",
  "no_text",
  "restricted_action",
]);

/** An id as it is, a name with its sign. */
function channelText(channel: string): string {
  return /^[CDGU][A-Z0-9]{8,}$/.test(channel) ? channel : `#${channel}`;
}

async function said(response: Response): Promise<Outcome> {
  let answer: unknown;
  try {
    answer = await response.json();
  } catch {
    return later("Slack answered something that is no JSON");
  }
  const { ok, error } = (answer ?? {}) as { readonly ok?: unknown; readonly error?: unknown };
  if (ok === true) return SENT;
  const name = typeof error === "string" ? error.slice(0, 80) : "an answer without a reason";
  const why = `Slack refuses it: ${name}`;
  return FINAL.has(name) ? { kind: "never", why } : later(why);
}

/** Posts by the Web API (`chat.postMessage`) or an incoming webhook. */
export async function sendSlack(
  slack: Slack,
  channel: string,
  words: Words,
  { fetch }: Pick<Outbound, "fetch">,
  signal: AbortSignal,
): Promise<Outcome> {
  const headers = { "content-type": "application/json; charset=utf-8" };
  try {
    if (slack.kind === "webhooks") {
      const own = Object.hasOwn(slack.by_channel, channel) ? slack.by_channel[channel] : undefined;
      const url = own ?? slack.any;
      if (url === undefined)
        return { kind: "elsewhere", why: `this gate has no webhook for the Slack channel ${channel}` };
      const body = JSON.stringify(bodyOf(words));
      return answered("Slack's webhook", await fetch(url, { method: "POST", headers, body, signal }));
    }
    const response = await fetch(`${slack.api}/chat.postMessage`, {
      method: "POST",
      headers: { ...headers, authorization: `Bearer ${slack.token}` },
      body: JSON.stringify({ channel: channelText(channel), ...bodyOf(words) }),
      signal,
    });
    return response.ok ? await said(response) : answered("Slack", response);
  } catch (error) {
    return failed(error);
  }
}
