import { generateKeyPairSync } from "node:crypto";
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";
import { loadConfig } from "../config/load.ts";
import { Problems } from "../document/problem.ts";
import { secretsOf } from "./secrets.ts";

const CERTIFICATES = fileURLToPath(new URL("../../test/identity/certificates", import.meta.url));
let folder = "";
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "secrets-"));
  cpSync(CERTIFICATES, folder, { recursive: true });
  mkdirSync(join(folder, "policy"));
  mkdirSync(join(folder, "folder.pem"));
  writeFileSync(join(folder, "rubbish.pem"), "rubbish");
  const broken = "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n";
  writeFileSync(join(folder, "broken.pem"), broken);
  const { privateKey } = generateKeyPairSync("ec", {
    namedCurve: "P-256",
    publicKeyEncoding: { type: "spki", format: "pem" },
    privateKeyEncoding: { type: "pkcs8", format: "pem", cipher: "aes-256-cbc", passphrase: "hush" },
  });
  writeFileSync(join(folder, "locked.key"), privateKey);
});
afterAll(() => rmSync(folder, { recursive: true }));

function secrets(cert: string, key: string, client_ca = "ca.pem") {
  const file = join(folder, "portcullis.yaml");
  const lines = ["tls:", `  cert: ${cert}`, `  key: ${key}`, `  client_ca: ${client_ca}`];
  const auth = 'auth: { mode: required, api_keys: true, mtls: { subjects: [{ match: ["x509:*"] }] } }';
  writeFileSync(file, [...lines, auth, ""].join("\n"));
  return secretsOf(loadConfig({ file, env: {} }).config);
}

function problems(...files: Parameters<typeof secrets>): readonly string[] {
  try {
    secrets(...files);
    return [];
  } catch (error) {
    if (!(error instanceof Problems)) throw error;
    return error.problems.map(({ line, message, hint }) => `${line} ${message} (${hint ?? ""})`);
  }
}

test("a certificate and its key are taken", () => {
  expect(secrets("gate.pem", "gate.key")).toMatchObject({ rejectUnauthorized: false });
});

test.each([
  ["no PEM", "rubbish.pem", "gate.key", "ca.pem", [/^2 .*rubbish\.pem holds no certificate.*BEGIN CERT/]],
  ["a key", "gate.key", "gate.key", "ca.pem", [/^2 .*gate\.key holds no certificate.*BEGIN CERT/]],
  ["broken", "broken.pem", "gate.key", "ca.pem", [/^2 .*broken\.pem holds no certificate/]],
  ["no file", "folder.pem", "gate.key", "ca.pem", [/^2 .*folder\.pem cannot be read: EISDIR.*the user/]],
  ["a certificate for a key", "gate.pem", "gate.pem", "ca.pem", [/^3 .*gate\.pem holds no private key/]],
  ["a key of another", "gate.pem", "robot.key", "ca.pem", [/^3 .*robot\.key is not the key of .*gate\.pem/]],
  ["a key with a password", "gate.pem", "locked.key", "ca.pem", [/^3 .*password.*openssl pkey -in/]],
  ["no authority", "gate.pem", "gate.key", "rubbish.pem", [/^4 .*rubbish\.pem holds no certificate/]],
  ["all of it", "rubbish.pem", "rubbish.pem", "rubbish.pem", [/^2 /, /^3 /, /^4 /]],
])("%s is a problem with its line, and what to do", (_, cert, key, client_ca, expected) => {
  expect(problems(cert, key, client_ca)).toEqual(expected.map((each) => expect.stringMatching(each)));
});
