import { randomBytes } from "node:crypto";
import { createServer, type IncomingHttpHeaders, type Server } from "node:http";
import { json } from "node:stream/consumers";
import { afterEach, beforeEach, expect, test } from "vitest";
import { openOutbound } from "../outbound/outbound.ts";
import { kmsRoot } from "./kms.ts";
import { bound, MissingKey, unbound } from "./root.ts";

const ARN = "arn:aws:kms:eu-central-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab";
const outbound = openOutbound(["127.0.0.1"]);

let kms: Server;
let url = "";
let answers: { readonly status: number; readonly body: unknown } | undefined;
const asked: { readonly headers: IncomingHttpHeaders; readonly body: Record<string, string> }[] = [];

// As https://docs.aws.amazon.com/kms/latest/APIReference says of Encrypt, Decrypt and DescribeKey.
function said(target: string, body: Record<string, string>): unknown {
  switch (target) {
    case "TrentService.Encrypt":
      return { CiphertextBlob: Buffer.from(`under ${body["Plaintext"]}`).toString("base64"), KeyId: ARN };
    case "TrentService.Decrypt": {
      const blob = Buffer.from(body["CiphertextBlob"] ?? "", "base64").toString();
      return { Plaintext: blob.slice("under ".length), KeyId: ARN };
    }
    default:
      return { KeyMetadata: { Arn: ARN, CreationDate: 1_700_000_000.5 } };
  }
}

beforeEach(async () => {
  answers = undefined;
  asked.length = 0;
  kms = createServer((request, response) => {
    void (async () => {
      const body = (await json(request)) as Record<string, string>;
      asked.push({ headers: request.headers, body });
      response.writeHead(answers?.status ?? 200, { "content-type": "application/x-amz-json-1.1" });
      response.end(JSON.stringify(answers?.body ?? said(String(request.headers["x-amz-target"]), body)));
    })();
  });
  await new Promise<void>((listening) => kms.listen(0, "127.0.0.1", listening));
  const address = kms.address();
  url = `http://127.0.0.1:${typeof address === "object" ? address?.port : ""}`;
});
afterEach(() => new Promise((closed) => kms.close(closed)));

const root = () =>
  kmsRoot(
    {
      kind: "kms",
      url,
      region: "eu-central-1",
      key: "alias/portcullis",
      access_key_id: "AKIAEXAMPLE",
      secret_access_key: "the-secret",
      session_token: "the-session",
    },
    outbound,
  );

test("a key of AWS KMS wraps and unwraps what it is sent, in signed requests", async () => {
  const key = randomBytes(32);
  const wrapped = await root().wrap(bound("acme", 1, key));
  expect(unbound(await root().unwrap(wrapped, `kms:${ARN}`), "acme", 1)).toEqual(key);
  expect(await root().primary()).toBe(`kms:${ARN}`);
  expect(await root().keys()).toEqual([{ id: `kms:${ARN}`, at: 1_700_000_000_500, primary: true }]);
  expect(root().renew).toBeUndefined();
  expect(asked[0]?.body["KeyId"]).toBe("alias/portcullis");
  expect(asked[0]?.headers).toMatchObject({
    "content-type": "application/x-amz-json-1.1",
    "x-amz-target": "TrentService.Encrypt",
    "x-amz-security-token": "the-session",
    authorization: expect.stringMatching(
      /^AWS4-HMAC-SHA256 Credential=AKIAEXAMPLE\/\d{8}\/eu-central-1\/kms\/aws4_request, SignedHeaders=.*x-amz-target.*Signature=[0-9a-f]{64}$/,
    ) as unknown,
  });
});

test.each([
  [
    { status: 400, body: { __type: "AccessDeniedException", message: "User is not authorized" } },
    "answers 400 (AccessDeniedException) to Encrypt with alias/portcullis",
  ],
  [{ status: 500, body: "<html>" }, "answers 500 to Encrypt"],
  [{ status: 200, body: {} }, "answers without CiphertextBlob"],
])("AWS KMS that answers %j is unavailable, and that is said without a secret", async (answer, why) => {
  answers = answer;
  const error: unknown = await root()
    .wrap(Buffer.from("secret"))
    .catch((each: unknown) => each);
  expect(error).toMatchObject({ name: "JournalUnavailable", obstacle: "unreachable" });
  expect(String(error)).toContain(why);
  expect(String(error)).not.toMatch(/the-se|not authorized/);
});

test("AWS KMS that has not the key that wrapped something says which is missing", async () => {
  answers = { status: 400, body: { __type: "com.amazonaws.kms#InvalidCiphertextException" } };
  const error: unknown = await root()
    .unwrap("AAAA", `kms:${ARN}`)
    .catch((each: unknown) => each);
  expect(error).toBeInstanceOf(MissingKey);
  expect(String(error)).toContain(ARN);
});
