import { execFile, execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { createMessage, decrypt, encrypt, generateKey, readMessage, readPrivateKey } from "openpgp";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { callId } from "../../src/call/id.ts";
import { openStore } from "../../src/store/open.ts";
import { closed, opened } from "../faults/journal-events.ts";
import { ENVIRONMENT, folderWith } from "../gate/running.ts";

const PASSPHRASE = "correct horse battery staple";
let folder: string;
let keys: { readonly privateKey: string; readonly publicKey: string };
beforeAll(async () => {
  folder = folderWith({ "portcullis.yaml": "mode: observe\n" });
  mkdirSync(join(folder, ".portcullis"));
  const store = await openStore({ kind: "sqlite", path: join(folder, ".portcullis", "portcullis.db") });
  const ids = Array.from({ length: 5 }, (_, at) => callId(Date.now() - 5_000 + at));
  await store
    .forTenant("default")
    .journal.append(
      ids.flatMap((id) => [opened(id, { detail: { args: { note: "ssn 078-05-1120" } } }), closed(id)]),
    );
  await store.close();
  keys = await generateKey({ type: "ecc", userIDs: [{ name: "Auditor", email: "auditor@example.com" }] });
  writeFileSync(join(folder, "auditor.asc"), keys.publicKey);
  writeFileSync(join(folder, "none.asc"), "no key");
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

interface Ran {
  readonly code: number;
  readonly out: string;
  readonly errors: string;
}

async function portcullis(args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<Ran> {
  return await new Promise((resolved) => {
    execFile(
      process.execPath,
      [resolve("src/cli/cli.ts"), ...args],
      { cwd: folder, env: { ...ENVIRONMENT, ...env } },
      (error, out, errors) =>
        resolved({ code: typeof error?.code === "number" ? error.code : 0, out, errors }),
    );
  });
}

function hasGpg(): boolean {
  try {
    execFileSync("gpg", ["--version"], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}

test("an export is for its owner only, is masked, and is an act on record that shows in the next", async () => {
  const { code, errors } = await portcullis(["export", "--format", "json", "--output", "plain.json"]);
  expect([code, errors]).toEqual([0, expect.stringContaining("5 entries in plain.json")]);
  const file = join(folder, "plain.json");
  expect(statSync(file).mode & 0o777).toBe(0o600);
  const text = readFileSync(file, "utf8");
  expect(JSON.parse(text)).toHaveLength(5);
  expect(text).toContain("[REDACTED:SSN]");
  const { out } = await portcullis(["export", "--action", "records.exported"]);
  expect(JSON.parse(out)).toMatchObject({ action: "records.exported", object: "plain.json", outcome: "ok" });
});

describe("what is encrypted", () => {
  const encrypted = ["export", "--format", "json"];

  test("to a key is opened by it alone, and is what goes out in clear", async () => {
    const until = ["--until", new Date().toISOString(), "--server", "files"];
    await portcullis([...encrypted, ...until, "--output", "clear.json"]);
    const to = ["--encrypt", "--recipient", "auditor.asc", "--output", "audit.json.gpg"];
    expect((await portcullis([...encrypted, ...until, ...to])).code).toBe(0);
    const message = await readMessage({ binaryMessage: readFileSync(join(folder, "audit.json.gpg")) });
    const { data } = await decrypt({
      message,
      decryptionKeys: await readPrivateKey({ armoredKey: keys.privateKey }),
    });
    expect(data).toBe(readFileSync(join(folder, "clear.json"), "utf8"));
  });

  test.skipIf(!hasGpg())("to a key is opened by plain gpg (skipped where gpg is not installed)", () => {
    const home = mkdtempSync(join(tmpdir(), "gpg-"));
    try {
      const env = { ...ENVIRONMENT, GNUPGHOME: home };
      execFileSync("gpg", ["--batch", "--import"], {
        env,
        input: keys.privateKey,
        stdio: ["pipe", "ignore", "ignore"],
      });
      const opened_ = execFileSync("gpg", ["--batch", "--decrypt", join(folder, "audit.json.gpg")], {
        env,
        stdio: ["ignore", "pipe", "ignore"],
      });
      expect(opened_.toString()).toBe(readFileSync(join(folder, "clear.json"), "utf8"));
      execFileSync("gpgconf", ["--kill", "gpg-agent"], { env, stdio: "ignore" });
    } finally {
      rmSync(home, { recursive: true, force: true });
    }
  });

  test("with a passphrase is opened with it", async () => {
    const env = { PORTCULLIS_EXPORT_PASSPHRASE: PASSPHRASE };
    const to = ["--encrypt", "--output", "secret.json.gpg"];
    expect((await portcullis([...encrypted, ...to], env)).code).toBe(0);
    const message = await readMessage({ binaryMessage: readFileSync(join(folder, "secret.json.gpg")) });
    const { data } = await decrypt({ message, passwords: [PASSPHRASE] });
    expect(JSON.parse(data as string)).toBeInstanceOf(Array);
    // The other way round too, so that the test itself is known to work.
    const sealed = await encrypt({ message: await createMessage({ text: "x" }), passwords: ["other"] });
    await expect(
      decrypt({ message: await readMessage({ armoredMessage: sealed }), passwords: [PASSPHRASE] }),
    ).rejects.toThrow(/password|session key|decrypt/i);
  });

  test("for nobody, for no key, or with a weak passphrase is refused before anything is read", async () => {
    for (const [args, env, why] of [
      [["--encrypt", "--output", "x"], {}, "nobody is named"],
      [["--encrypt", "--recipient", "none.asc", "--output", "x"], {}, "no OpenPGP key"],
      [["--encrypt", "--recipient", "away.asc", "--output", "x"], {}, "cannot be read (ENOENT)"],
      [["--encrypt", "--output", "x"], { PORTCULLIS_EXPORT_PASSPHRASE: "short" }, "12 characters"],
    ] as const) {
      const { code, errors } = await portcullis([...encrypted, ...args], env);
      expect([code, errors]).toEqual([2, expect.stringContaining(why)]);
    }
  });
});

test("what cannot be written says why", async () => {
  const { code, errors } = await portcullis(["export", "--output", "/dev/null/x"]);
  expect([code, errors]).toEqual([3, expect.stringMatching(/cannot be written \(E[A-Z]+\)/)]);
});
