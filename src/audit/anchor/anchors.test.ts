import { generateKeyPairSync, hash } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { createServer, type IncomingHttpHeaders } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Webhook } from "standardwebhooks";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { type Kept, kept } from "../../../test/log/kept.ts";
import type { AnchorSettings } from "../../config/anchors.ts";
import { parseCheckpoint } from "../note/checkpoint.ts";
import { verifierOf, verifierText } from "../note/note.ts";
import type { Anchoring } from "./anchoring.ts";
import { openAnchors } from "./open.ts";

const folder = mkdtempSync(join(tmpdir(), "anchors-"));
const SECRET = `whsec_${Buffer.alloc(24, 7).toString("base64")}`;

interface Heard {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}
let heard: Heard[] = [];
let answer: (request: Heard) => readonly [status: number, body: string] = () => [200, ""];
const server = createServer((request, response) => {
  void (async () => {
    const body = (await request.toArray()).join("");
    const said = { method: request.method ?? "", path: request.url ?? "", headers: request.headers, body };
    heard.push(said);
    const [status, text] = answer(said);
    response.writeHead(status).end(text);
  })();
});
let url: string;
let making: Kept;
let now = Date.now();
let opened: Anchoring | undefined;

beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  making = await kept({ kind: "sqlite", path: join(folder, "a.db") });
  await making.hour();
});
afterAll(async () => {
  await making.close();
  server.closeAllConnections();
  server.close();
  rmSync(folder, { recursive: true, force: true });
});
beforeEach(() => {
  heard = [];
  answer = () => [200, ""];
});
afterEach(async () => await opened?.close());

async function anchored(place: AnchorSettings): Promise<Anchoring> {
  opened = await openAnchors({ places: [place], witnesses: 0 }, ["127.0.0.1"], () => now);
  return opened;
}

test("a file has each checkpoint once, for its owner only", async () => {
  const path = join(folder, "below", "anchors.ndjson");
  const anchoring = await anchored({ name: "file", kind: "file", path });
  expect(await anchoring.round(making.log)).toEqual([{ anchor: "file", state: "ok" }]);
  await anchoring.round(making.log);
  const lines = readFileSync(path, "utf8").trim().split("\n");
  const notes = lines.map((line) => (JSON.parse(line) as { readonly note: string }).note);
  expect(notes.map((note) => parseCheckpoint(note)?.checkpoint.size)).toEqual([23, 2]);
  expect(statSync(path).mode & 0o777).toBe(0o600);
});

test("a webhook gets a signed event, with the same id on every try, and is tried again later", async () => {
  const place: AnchorSettings = { name: "hook", kind: "webhook", url: `${url}/hook`, secrets: [SECRET] };
  const anchoring = await anchored(place);
  answer = () => [500, ""];
  expect(await anchoring.round(making.log)).toEqual([{ anchor: "hook", state: "the receiver answers 500" }]);
  const tried = heard.length;
  await anchoring.round(making.log);
  expect(heard.length).toBe(tried); // not at once
  answer = () => [204, ""];
  now += 60_000;
  expect(await anchoring.round(making.log)).toEqual([{ anchor: "hook", state: "ok" }]);
  const [first, again] = [heard[0], heard[tried]];
  if (first === undefined || again === undefined) throw new Error("nothing was sent");
  expect(again.headers["webhook-id"]).toBe(first.headers["webhook-id"]);
  const headers = {
    "webhook-id": String(first.headers["webhook-id"]),
    "webhook-timestamp": String(first.headers["webhook-timestamp"]),
    "webhook-signature": String(first.headers["webhook-signature"]),
  };
  const event = new Webhook(SECRET).verify(first.body, headers) as {
    readonly data: { readonly note: string };
  };
  expect(parseCheckpoint(event.data.note)?.checkpoint.size).toBe(23);
});

const OBJECT: Omit<Extract<AnchorSettings, { readonly kind: "object" }>, "url"> = {
  name: "bucket",
  kind: "object",
  region: "eu-central-1",
  access_key_id: "AKIAEXAMPLE",
  secret_access_key: "secret",
  lock: "compliance",
  retain_days: 30,
};

test("an object store gets each checkpoint under a lock, never over one that is there", async () => {
  const stored = new Map<string, string>();
  answer = ({ method, path, body, headers }) => {
    if (method === "GET") return [200, stored.get(path) ?? ""];
    if (headers["if-none-match"] === "*" && stored.has(path)) return [412, ""];
    stored.set(path, body);
    return [200, ""];
  };
  const place = { ...OBJECT, url: `${url}/bucket/gate` };
  expect(await (await anchored(place)).round(making.log)).toEqual([{ anchor: "bucket", state: "ok" }]);
  const [put] = heard;
  if (put === undefined) throw new Error("nothing was sent");
  expect(put.path).toMatch(/^\/bucket\/gate\/portcullis\.local%2F[0-9a-f]{24}%2Fa\/0000000000000023$/);
  expect(put.headers).toMatchObject({
    "x-amz-object-lock-mode": "COMPLIANCE",
    "x-amz-object-lock-retain-until-date": new Date(now + 30 * 86_400_000).toISOString(),
    "x-amz-checksum-sha256": hash("sha256", put.body, "base64"),
  });
  expect(put.headers.authorization).toMatch(
    /^AWS4-HMAC-SHA256 Credential=AKIAEXAMPLE\/\d{8}\/eu-central-1\/s3\/aws4_request, SignedHeaders=.*x-amz-object-lock-mode.*Signature=[0-9a-f]{64}$/,
  );
  // Another gate of the store, which does not know that it is there.
  await opened?.close();
  expect(await (await anchored({ ...place, name: "again" })).round(making.log)).toEqual([
    { anchor: "again", state: "ok" },
  ]);
  await opened?.close();
  for (const path of stored.keys()) stored.set(path, "forged");
  expect(await (await anchored({ ...place, name: "forged" })).round(making.log)).toEqual([
    {
      anchor: "forged",
      state: "the object store has another checkpoint of this size: the log was forked",
    },
  ]);
});

test("an address inside that is not allowed is not asked", async () => {
  opened = await openAnchors(
    { places: [{ name: "inside", kind: "webhook", url, secrets: [SECRET] }], witnesses: 0 },
    [],
    () => now,
  );
  const [state] = await opened.round(making.log);
  expect(state?.state).toContain("127.0.0.1");
  expect(heard).toEqual([]);
});

test("as many witnesses as are wanted must have signed, and one that cannot be reached holds nobody up", async () => {
  const { privateKey } = generateKeyPairSync("ed25519");
  const key = verifierText(verifierOf("w", privateKey, "cosignature/v1"));
  const path = join(folder, "beside.ndjson");
  answer = () => [404, ""];
  opened = await openAnchors(
    {
      places: [
        { name: "w", kind: "witness", url, key },
        { name: "beside", kind: "file", path },
      ],
      witnesses: 1,
    },
    ["127.0.0.1"],
    () => now,
  );
  expect(await opened.round(making.log)).toEqual([
    { anchor: "w", state: "the witness does not know this log" },
    { anchor: "beside", state: "ok" },
    { anchor: "witnesses", state: "0 of 1 witnesses have signed the log of tenant a" },
  ]);
  expect(heard.map(({ path: asked, body }) => [asked, body.startsWith("old 0\n\n")])).toEqual([
    ["/add-checkpoint", true],
    ["/add-checkpoint", true],
  ]);
});
