import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { apply, type Applied } from "./apply.ts";
import { clientOf } from "./client.ts";
import { findFile, type FoundFile } from "./find.ts";
import { gateEntry, planConnect, planDisconnect } from "./gate.ts";
import type { Keychain } from "./keychain.ts";
import type { Plan } from "./plan.ts";
import { planUnwrap } from "./plan-unwrap.ts";
import { planWrap } from "./plan-wrap.ts";
import { readRecord, type Records } from "./records.ts";
import { backupsOf } from "./write.ts";

const TOKEN = "ghp_abcdefghijklmnop1234";
const DSN = "postgres://ana:hunter22@db/shop";
const TEXT = `{
  // mine
  "mcpServers": {
    "github": { "command": "npx", "args": ["-y", "x", "--dsn", "${DSN}"], "env": { "GITHUB_TOKEN": "${TOKEN}", "LOG": "info" } },
    "plain": { "command": "srv", "env": { "KEY": "\\u0061bcdefgh", "TOKEN": "\${TOKEN}" } },
    "web": { "url": "https://x.example", "headers": { "Authorization": "Bearer abc.def.ghi" } }
  }
}
`;
const WRAPPER = { platform: "linux", launcher: ["/node", "/opt/portcullis.js"], config: undefined } as const;
const CURSOR = clientOf("cursor");

/** A keychain in memory that can be told to fail. */
function keychain(): Keychain & { readonly kept: Map<string, string>; failing: "set" | "lose" | undefined } {
  const kept = new Map<string, string>();
  return {
    kept,
    failing: undefined,
    get: (account) => Promise.resolve(kept.get(account)),
    set(account, value) {
      if (this.failing === "set") return Promise.reject(new Error("locked"));
      if (this.failing !== "lose") kept.set(account, value);
      return Promise.resolve();
    },
    delete(account) {
      kept.delete(account);
      return Promise.resolve();
    },
  };
}

let folder = "";
let file = "";
let records: Records = { folder: "" };
let chain = keychain();
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "portcullis-apply-"));
  file = join(folder, "mcp.json");
  records = { folder: join(folder, "state") };
  chain = keychain();
  writeFileSync(file, TEXT);
});
afterEach(() => rmSync(folder, { recursive: true }));

function found(): FoundFile {
  const one = findFile({ client: "cursor", scope: "user", file }, CURSOR);
  if ("message" in one) throw new Error(one.message);
  return one;
}
const does = async (plan: Plan): Promise<Applied> =>
  await apply(plan, {
    records,
    keychain: () => Promise.resolve(chain),
    now: () => new Date("2026-11-21T10:00:00Z"),
  });
const wrap = async (moving: boolean): Promise<Applied> =>
  await does(planWrap(found(), readRecord(records, file), WRAPPER, moving));
const unwrap = async (): Promise<Applied> => await does(planUnwrap(found(), readRecord(records, file)));
const text = (): string => readFileSync(file, "utf8");
/** Everything on disk but the file itself. */
function beside(): string {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && join(entry.parentPath, entry.name) !== file)
    .map((entry) => readFileSync(join(entry.parentPath, entry.name), "utf8"))
    .join("\n");
}

describe("moving secrets", () => {
  test("takes them out of the file, its backup and the record, and puts them back to the byte", async () => {
    expect(await wrap(true)).toMatchObject({ kind: "written", tell_tales: [] });
    expect(new Set(chain.kept.values())).toEqual(new Set([TOKEN, DSN]));
    for (const secret of [TOKEN, DSN]) expect(`${text()}${beside()}`).not.toContain(secret);
    expect(text()).toMatch(
      /"GITHUB_TOKEN": "keychain:portcullis\/github\/GITHUB_TOKEN\/[0-9a-f]{8}", "LOG": "info"/,
    );
    expect(await unwrap()).toMatchObject({ kind: "written" });
    expect(text()).toBe(TEXT);
    expect(chain.kept.size).toBe(0);
    expect(readdirSync(records.folder)).toEqual([]);
  });

  test("leaves what cannot be put back to the byte, what is a reference, and what is sent by the client", async () => {
    await wrap(true);
    for (const kept of ['"\\u0061bcdefgh"', '"${TOKEN}"', "Bearer abc.def.ghi"])
      expect(text()).toContain(kept);
  });

  test("can be done after wrapping, and names the backup in which they stand still", async () => {
    await wrap(false);
    const [backup] = backupsOf(file);
    expect(text()).toContain(TOKEN);
    expect(await wrap(true)).toMatchObject({ kind: "written", tell_tales: [backup] });
    expect(text()).not.toContain(TOKEN);
    await unwrap();
    expect(text()).toBe(TEXT);
  });

  test.each(["set", "lose"] as const)(
    "does nothing at all where the keychain fails (%s)",
    async (failing) => {
      chain.failing = failing;
      await wrap(true).catch((error: Error) => expect(error.message).toBe("locked"));
      expect(text()).toBe(TEXT);
      expect(chain.kept.size).toBe(0);
      expect(readRecord(records, file).wrapped).toEqual([]);
    },
  );

  test("cannot be taken back where the keychain lost them: nothing is done, and it says what to write where", async () => {
    await wrap(true);
    const wrapped = text();
    const account = [...chain.kept.keys()].find((one) => one.includes("GITHUB_TOKEN")) ?? "";
    chain.kept.delete(account);
    expect(await unwrap()).toMatchObject({
      kind: "refused",
      message: expect.stringContaining(account),
      fix: expect.stringContaining(file),
    });
    expect(text()).toBe(wrapped);
  });

  test("comes back also into an entry that somebody unwrapped by hand", async () => {
    await wrap(true);
    writeFileSync(
      file,
      text()
        .replaceAll(/"\/opt\/portcullis\.js", "wrap", "--name", "github", "--", "npx", /g, "")
        .replace('"/node"', '"npx"'),
    );
    expect(await unwrap()).toMatchObject({ kind: "written" });
    expect(text()).toBe(TEXT);
  });
});

describe("the record", () => {
  test("is for this user alone, and is written before the file", async () => {
    const refused = planWrap(found(), readRecord(records, file), WRAPPER, false);
    writeFileSync(file, `${TEXT}\n`);
    expect(await does(refused)).toMatchObject({
      kind: "refused",
      message: "was changed by another program meanwhile",
    });
    expect(readRecord(records, file).wrapped).toEqual([]);
    await wrap(false);
    const [name = ""] = readdirSync(records.folder);
    expect(statSync(join(records.folder, name)).mode & 0o777).toBe(0o600);
    expect(statSync(records.folder).mode & 0o777).toBe(0o700);
  });

  test("that another process wrote meanwhile stops the change", async () => {
    const late = planWrap(found(), readRecord(records, file), WRAPPER, false);
    await wrap(false);
    const now = text();
    expect(await does(late)).toMatchObject({
      kind: "refused",
      message: "was changed by another portcullis meanwhile",
    });
    expect(text()).toBe(now);
  });

  test("that is damaged is not needed", async () => {
    await wrap(false);
    const [name = ""] = readdirSync(records.folder);
    writeFileSync(join(records.folder, name), "{");
    expect(await unwrap()).toMatchObject({ kind: "written" });
    expect(text()).toContain('"command": "npx", "args": ["-y", "x"');
    expect(text()).not.toContain("portcullis");
  });
});

describe("connecting", () => {
  const entry = gateEntry(CURSOR, { url: "http://127.0.0.1:8090/mcp", words: [] });

  test("makes the file where there is none, and disconnecting takes it away", async () => {
    rmSync(file);
    expect(await does(planConnect(found(), readRecord(records, file), entry))).toMatchObject({
      kind: "written",
      backup: undefined,
    });
    expect(JSON.parse(text())).toEqual({ mcpServers: { portcullis: { url: "http://127.0.0.1:8090/mcp" } } });
    await does(planDisconnect(found(), readRecord(records, file)));
    expect(readdirSync(folder)).toEqual(["state"]);
  });

  test("leaves a file that somebody wrote into since", async () => {
    rmSync(file);
    await does(planConnect(found(), readRecord(records, file), entry));
    writeFileSync(file, text().replace('"mcpServers": {', '"mcpServers": {\n    "own": { "command": "x" },'));
    await does(planDisconnect(found(), readRecord(records, file)));
    expect(JSON.parse(text())).toEqual({ mcpServers: { own: { command: "x" } } });
  });
});
