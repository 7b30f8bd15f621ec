import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { Problems } from "../document/problem.ts";
import { readKeys } from "./keys.ts";
import { loadRecords } from "./load.ts";

const folder = mkdtempSync(join(tmpdir(), "keys-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const FERNET = "cw_0x689RpI-jtRR7oE8h_eQsKImvJapLeSbXpwF4e4=";

function keysOf(text: string, env: Readonly<Record<string, string>> = {}) {
  const file = join(folder, "portcullis.yaml");
  writeFileSync(file, `version: 1\n${text}`);
  return loadRecords({ file, env: { HOME: folder, ...env } }).keys;
}
function problemOf(text: string, env: Readonly<Record<string, string>> = {}): string {
  try {
    keysOf(text, env);
    return "";
  } catch (error) {
    if (!(error instanceof Problems)) throw error;
    return error.problems.map(({ message }) => message).join("; ");
  }
}

test("keys are 32 bytes however they are written, and Fernet's are such", () => {
  const key = randomBytes(32);
  for (const text of [key.toString("base64"), key.toString("base64url"), key.toString("hex")])
    expect(readKeys(` ${text} `)).toEqual([key.toString("base64url")]);
  expect(readKeys(`${FERNET},${key.toString("hex")}`)).toHaveLength(2);
  expect(readKeys("your-encryption-key-here")).toEqual({
    wrong: "key 1 is not 32 bytes in base64 or hexadecimal",
  });
  expect(readKeys(`${FERNET},`)).toEqual({ wrong: "key 2 is not 32 bytes in base64 or hexadecimal" });
  expect(readKeys("0".repeat(64))).toEqual({ wrong: "key 1 is not random" });
});

test("where nothing is said, a file beside the records has them; PostgreSQL has none", () => {
  expect(keysOf("store: sqlite:data/p.db")).toEqual({
    kind: "file",
    path: join(folder, "data", "portcullis.keys"),
  });
  expect(keysOf("store: postgres://h/db")).toEqual({ kind: "none" });
  expect(keysOf("keys: { file: my.keys }")).toEqual({ kind: "file", path: join(folder, "my.keys") });
});

test("a secret comes from the environment or a file that it names", () => {
  const written = "store: postgres://h/db\nkeys: { secret: '${MASTER}' }";
  const kept = { kind: "secret", keys: [FERNET.replace("=", "")] };
  expect(keysOf(written, { MASTER: FERNET })).toEqual(kept);
  const path = join(folder, "secret");
  writeFileSync(path, `${FERNET}\n`);
  expect(keysOf(written, { MASTER_FILE: path })).toEqual(kept);
  expect(problemOf(written, { MASTER: "your-encryption-key-here" })).toContain("key 1 is not 32 bytes");
});

test("CACHE_ENCRYPTION_KEY is taken where nothing else is said and no key is there yet; a placeholder is refused", () => {
  const env = { CACHE_ENCRYPTION_KEY: FERNET };
  expect(keysOf("store: postgres://h/db", env)).toMatchObject({ kind: "secret" });
  expect(keysOf("keys: { file: my.keys }", env)).toMatchObject({ kind: "file" });
  expect(problemOf("", { CACHE_ENCRYPTION_KEY: "your-encryption-key-here" })).toContain(
    "CACHE_ENCRYPTION_KEY: key 1",
  );
  writeFileSync(join(folder, "portcullis.keys"), "{}");
  expect(keysOf("store: sqlite:p.db", env)).toMatchObject({ kind: "file" });
});

test("AWS KMS has a key, a region and credentials; its address follows from the region", () => {
  const kms =
    "key: alias/portcullis, region: eu-central-1, access_key_id: '${ID}', secret_access_key: '${SECRET}'";
  const env = { ID: "AKIAEXAMPLE", SECRET: "s", TOKEN: "t" };
  expect(keysOf(`keys: { kms: { ${kms} } }`, env)).toEqual({
    kind: "kms",
    url: "https://kms.eu-central-1.amazonaws.com",
    region: "eu-central-1",
    key: "alias/portcullis",
    access_key_id: "AKIAEXAMPLE",
    secret_access_key: "s",
    session_token: undefined,
  });
  expect(
    keysOf(`keys: { kms: { ${kms}, session_token: '\${TOKEN}', url: 'https://kms.internal' } }`, env),
  ).toMatchObject({ url: "https://kms.internal", session_token: "t" });
  expect(problemOf(`keys: { kms: { ${kms}, url: kms } }`, env)).toContain("is not http(s)://");
});

test("Vault has an address, a key and a token; of several ways one is written", () => {
  const vault = "vault: { url: 'https://vault.example.com:8200/', key: portcullis, token: '${VAULT_TOKEN}' }";
  expect(keysOf(`keys: { ${vault} }`, { VAULT_TOKEN: "t" })).toEqual({
    kind: "vault",
    url: "https://vault.example.com:8200",
    mount: "transit",
    key: "portcullis",
    token: "t",
    namespace: undefined,
  });
  expect(problemOf(`keys: { ${vault}, file: a.keys }`, { VAULT_TOKEN: "t" })).toContain("holds one of");
  expect(problemOf("keys: {}")).toContain("holds one of");
  expect(problemOf("keys: { vault: { url: 'vault', key: k, token: t } }")).toContain("is not http(s)://");
});
