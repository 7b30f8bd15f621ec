import { spawnSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import {
  chmodSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { createServer, type Server } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { json } from "node:stream/consumers";
import { afterAll, afterEach, beforeEach, describe, expect, test } from "vitest";
import { openOutbound } from "../outbound/outbound.ts";
import { fileRoot } from "./key-file.ts";
import { localRoot, nameOf } from "./keyring.ts";
import { bound, MissingKey, unbound } from "./root.ts";
import { vaultRoot } from "./vault.ts";

const folder = mkdtempSync(join(tmpdir(), "roots-"));
let files = 0;
const place = (): string => join(folder, `${++files}.keys`);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe("a key file", () => {
  test("is made for its owner when something is first wrapped, and is the same from then on", async () => {
    const path = place();
    const root = fileRoot(path);
    expect(await root.keys()).toEqual([]);
    const wrapped = await root.wrap(Buffer.from("a tenant's key"));
    expect(statSync(path).mode & 0o777).toBe(0o600);
    const again = fileRoot(path);
    expect((await again.unwrap(wrapped, await again.primary())).toString()).toBe("a tenant's key");
    expect(readdirSync(folder).filter((name) => name.startsWith(`${files}.`))).toEqual([`${files}.keys`]);
  });

  test("that others may read, or that holds something else, is not used and not written over", async () => {
    const path = place();
    await fileRoot(path).wrap(Buffer.from("a"));
    chmodSync(path, 0o644);
    await expect(fileRoot(path).wrap(Buffer.from("a"))).rejects.toThrow(`chmod 600 ${path}`);
    for (const text of ["", "{}", '{"keys":[]}', '{"keys":[{"key":"short"}]}']) {
      writeFileSync(path, text);
      chmodSync(path, 0o600);
      await expect(fileRoot(path).wrap(Buffer.from("a"))).rejects.toThrow("Restore it from a backup");
      expect(readFileSync(path, "utf8")).toBe(text);
    }
  });

  test("is not made where something is to be opened, or by who may not", async () => {
    const path = place();
    const other = await fileRoot(place()).wrap(Buffer.from("a"));
    await expect(fileRoot(path).unwrap(other, "local:0")).rejects.toThrow(MissingKey);
    await expect(fileRoot(path, false).wrap(Buffer.from("a"))).rejects.toThrow(MissingKey);
    expect(existsSync(path)).toBe(false);
  });

  test("gets a new key in front, opens what the old one wrapped, and loses that when it is told to", async () => {
    const root = fileRoot(place());
    const wrapped = await root.wrap(Buffer.from("a"));
    const old = await root.primary();
    const renewed = await root.renew?.();
    expect(await root.primary()).toBe(renewed);
    expect((await root.unwrap(wrapped, old)).toString()).toBe("a");
    await root.retire?.([old, renewed ?? ""]); // the one in use stays, whoever says otherwise
    expect((await root.keys()).map(({ id }) => id)).toEqual([renewed]);
    await expect(root.unwrap(wrapped, old)).rejects.toThrow(old);
  });

  test("is changed by one process at a time; a lock that was left behind is not waited for", async () => {
    const path = place();
    const root = fileRoot(path);
    const first = await root.primary();
    writeFileSync(`${path}.lock`, String(process.pid));
    await expect(root.renew?.()).rejects.toThrow("is being changed by another process");
    const { pid } = spawnSync(process.execPath, ["--version"]);
    writeFileSync(`${path}.lock`, String(pid));
    expect(await root.renew?.()).not.toBe(first);
  });
});

test("a tenant's key is taken for no other tenant's, and no other of its own", () => {
  const key = randomBytes(32);
  expect(unbound(bound("acme", 1, key), "acme", 1)).toEqual(key);
  expect(() => unbound(bound("acme", 1, key), "other", 1)).toThrow("changed by hand");
  expect(() => unbound(bound("acme", 1, key), "acme", 0)).toThrow("changed by hand");
});

test("the name of a key says nothing of it, and is another for each", async () => {
  const keys = [randomBytes(32), randomBytes(32)];
  expect(new Set(keys.map(nameOf)).size).toBe(2);
  const root = localRoot("here", () => keys.map((bytes) => ({ bytes, at: undefined })));
  expect(await root.keys()).toEqual([
    { id: nameOf(keys[0] ?? randomBytes(32)), at: undefined, primary: true },
    { id: nameOf(keys[1] ?? randomBytes(32)), at: undefined, primary: false },
  ]);
});

describe("Vault", () => {
  let vault: Server;
  let url = "";
  let answers: { status: number; body: unknown } | undefined;
  const asked: { method: string; path: string; token: unknown; namespace: unknown }[] = [];

  // As https://developer.hashicorp.com/vault/api-docs/secret/transit says of encrypt, decrypt and keys.
  beforeEach(async () => {
    answers = undefined;
    asked.length = 0;
    vault = createServer((request, response) => {
      void (async () => {
        const { method = "", url: path = "", headers } = request;
        asked.push({
          method,
          path,
          token: headers["x-vault-token"],
          namespace: headers["x-vault-namespace"],
        });
        const body = method === "POST" ? ((await json(request)) as Record<string, string>) : {};
        const data = path.includes("/encrypt/")
          ? { ciphertext: `vault:v2:${Buffer.from(body["plaintext"] ?? "").toString("base64")}` }
          : path.includes("/decrypt/")
            ? {
                plaintext: Buffer.from(
                  (body["ciphertext"] ?? "").slice("vault:v2:".length),
                  "base64",
                ).toString(),
              }
            : { latest_version: 2, keys: { 1: 1_700_000_000, 2: 1_760_000_000 } };
        response.writeHead(answers?.status ?? 200, { "content-type": "application/json" });
        response.end(JSON.stringify(answers?.body ?? { data }));
      })();
    });
    await new Promise<void>((listening) => vault.listen(0, "127.0.0.1", listening));
    const address = vault.address();
    url = `http://127.0.0.1:${typeof address === "object" ? address?.port : ""}`;
  });
  afterEach(() => new Promise((closed) => vault.close(closed)));
  const outbound = openOutbound(["127.0.0.1"]);
  const root = () =>
    vaultRoot(
      { kind: "vault", url, mount: "transit", key: "portcullis", token: "s.token", namespace: "team" },
      outbound,
    );

  test("wraps and unwraps what it is sent, by its newest version", async () => {
    const wrapped = await root().wrap(Buffer.from([0, 1, 255]));
    expect(wrapped).toMatch(/^vault:v2:/);
    expect([...(await root().unwrap(wrapped, "vault:transit/portcullis:v2"))]).toEqual([0, 1, 255]);
    expect(await root().primary()).toBe("vault:transit/portcullis:v2");
    expect(await root().keys()).toEqual([
      { id: "vault:transit/portcullis:v1", at: 1_700_000_000_000, primary: false },
      { id: "vault:transit/portcullis:v2", at: 1_760_000_000_000, primary: true },
    ]);
    expect(asked[0]).toEqual({
      method: "POST",
      path: "/v1/transit/encrypt/portcullis",
      token: "s.token",
      namespace: "team",
    });
    expect(root().renew).toBeUndefined();
  });

  test.each([
    [
      { status: 403, body: { errors: ["permission denied"] } },
      "lets the token not encrypt with the key portcullis",
    ],
    [{ status: 503, body: "sealed" }, "answers 503"],
    [{ status: 200, body: { data: {} } }, "answers without ciphertext"],
  ])("that answers %j is unavailable, and says so without the token", async (said, why) => {
    answers = said;
    const error: unknown = await root()
      .wrap(Buffer.from("secret"))
      .catch((each: unknown) => each);
    expect(String(error)).toContain(why);
    expect(String(error)).not.toMatch(/s\.token|secret/);
  });

  test("that cannot be reached is unavailable", async () => {
    const gone = vaultRoot(
      {
        kind: "vault",
        url: "http://127.0.0.1:9",
        mount: "transit",
        key: "k",
        token: "t",
        namespace: undefined,
      },
      outbound,
    );
    await expect(gone.wrap(Buffer.from("a"))).rejects.toMatchObject({
      name: "JournalUnavailable",
      obstacle: "unreachable",
    });
  });

  test("that has another key says which is missing", async () => {
    answers = { status: 400, body: { errors: ["cipher: message authentication failed"] } };
    await expect(root().unwrap("vault:v1:AAAA", "vault:transit/portcullis:v1")).rejects.toThrow(MissingKey);
  });
});
