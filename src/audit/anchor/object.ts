import { hash } from "node:crypto";
import { AwsClient } from "aws4fetch";
import type { AnchorSettings } from "../../config/anchors.ts";
import type { Outbound } from "../../outbound/outbound.ts";
import { parseCheckpoint } from "../note/checkpoint.ts";
import { type Anchor, NotTaken } from "./anchor.ts";

type Settings = Extract<AnchorSettings, { readonly kind: "object" }>;

const DAY_MS = 86_400_000;
/** Sizes as names sort as they count. */
const DIGITS = 16;

/**
 * Puts each checkpoint into an object store that speaks S3: never over one that is there, and locked for as long as
 * configured (`x-amz-object-lock-…`), which the store holds against everybody where the mode is `compliance`.
 */
export function objectAnchor(settings: Settings, { fetch }: Pick<Outbound, "fetch">): Anchor {
  const { name, url, region, access_key_id, secret_access_key, lock, retain_days } = settings;
  const client = new AwsClient({
    accessKeyId: access_key_id,
    secretAccessKey: secret_access_key,
    service: "s3",
    region,
    retries: 0,
  });
  const send = async (address: string, init: RequestInit): Promise<Response> => {
    const { url: at, method, headers } = await client.sign(address, init);
    return await fetch(at, { method, headers, ...(init.body !== undefined && { body: init.body }) });
  };
  return {
    name,
    async show({ signed: { size, note }, now }) {
      const origin = parseCheckpoint(note)?.checkpoint.origin ?? "";
      const key = `${encodeURIComponent(origin)}/${String(size).padStart(DIGITS, "0")}`;
      const address = `${url.replace(/\/$/, "")}/${key}`;
      const put = await send(address, {
        method: "PUT",
        headers: {
          "content-type": "text/plain; charset=utf-8",
          "if-none-match": "*",
          "x-amz-checksum-sha256": hash("sha256", note, "base64"),
          "x-amz-content-sha256": hash("sha256", note, "hex"),
          "x-amz-object-lock-mode": lock.toUpperCase(),
          "x-amz-object-lock-retain-until-date": new Date(now + retain_days * DAY_MS).toISOString(),
        },
        body: note,
      });
      if (put.ok) return [];
      if (put.status !== 412) throw new NotTaken(`the object store answers ${put.status}`);
      // It is there already: from an earlier try, or somebody else's.
      const there = await send(address, { method: "GET" });
      if (!there.ok || (await there.text()) !== note)
        throw new NotTaken("the object store has another checkpoint of this size: the log was forked");
      return [];
    },
  };
}
