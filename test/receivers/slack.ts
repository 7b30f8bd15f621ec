import { z } from "zod";
import { type Receiver, receiver } from "./http.ts";

const plain = (most: number) =>
  z.strictObject({
    type: z.literal("plain_text"),
    text: z.string().min(1).max(most),
    emoji: z.boolean().optional(),
  });

const header = z.strictObject({ type: z.literal("header"), text: plain(150) });
const fields = z.strictObject({ type: z.literal("section"), fields: z.array(plain(2000)).min(1).max(10) });
const link = z.strictObject({
  type: z.literal("section"),
  text: z.strictObject({ type: z.literal("mrkdwn"), text: z.string().min(1).max(3000) }),
});
const context = z.strictObject({ type: z.literal("context"), elements: z.array(plain(2000)).min(1).max(10) });

/** The blocks that notices use, as https://docs.slack.dev/reference/block-kit/blocks bounds them. */
export const slackBlocks = z
  .array(z.union([header, fields, link, context]))
  .min(1)
  .max(50);
const message = z.strictObject({
  channel: z.string().regex(/^(?:#[a-z0-9_-]{1,80}|[CDGU][A-Z0-9]{8,})$/),
  text: z.string().min(1).max(4000),
  blocks: slackBlocks,
  unfurl_links: z.boolean(),
  unfurl_media: z.boolean(),
});

export const TOKEN = "xoxb-right";

/** A double of `chat.postMessage`; `errors` are what the first requests get instead of being taken. */
export async function slackDouble(errors: readonly string[] = []): Promise<Receiver> {
  const left = [...errors];
  const json = (body: unknown) => ({
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body),
  });
  return await receiver(({ path, headers, body }) => {
    if (path !== "/api/chat.postMessage") return { status: 404 };
    const error = left.shift();
    if (error === "ratelimited")
      return { status: 429, headers: { "retry-after": "1" }, body: '{"ok":false,"error":"ratelimited"}' };
    if (error !== undefined) return json({ ok: false, error });
    if (headers.authorization !== `Bearer ${TOKEN}`) return json({ ok: false, error: "invalid_auth" });
    const read = message.safeParse(JSON.parse(body));
    if (!read.success)
      return json({ ok: false, error: "invalid_blocks", response_metadata: read.error.issues });
    return json({ ok: true, channel: "C0123456789", ts: "1.1" });
  });
}
