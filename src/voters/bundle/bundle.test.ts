import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { gunzipSync, gzipSync } from "node:zlib";
import { afterAll, expect, test } from "vitest";
import { callOf, said, wordOf } from "../../../test/voters/asked.ts";
import type { Call } from "../../call/call.ts";
import type { BundleVoter } from "../../config/voters.ts";
import { openVoters } from "../open.ts";

// Made by the real `opa build` from test/voters/example.rego.
const BUNDLE = resolve("test/voters/bundle.tar.gz");
const folder = mkdtempSync(join(tmpdir(), "portcullis-bundle-"));
afterAll(() => rmSync(folder, { recursive: true }));

function voter(entrypoint: string, more: Partial<BundleVoter> = {}): BundleVoter {
  const usual = { name: "rego", match: {}, bundle: BUNDLE, timeout_ms: 20_000 };
  return { ...usual, kind: "opa-wasm", entrypoint, ...more };
}

function file(name: string, content: Buffer | string): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}

async function words(of: BundleVoter, ...calls: readonly Call[]): Promise<readonly string[]> {
  return (await said(of, ...calls)).map(wordOf);
}

const etc = callOf({ args: { path: "/etc/passwd" } });
const web = callOf({ server: "web" });

test("a bundle decides call after call, each by itself", async () => {
  const expected = ["allow", "deny", "deny", "allow"];
  expect(await words(voter("mcp/allow"), callOf(), etc, web, callOf())).toEqual(expected);
});

test("its reason is the refusal's", async () => {
  const [refused] = await said(voter("mcp/decision"), etc);
  expect(refused?.refusal).toMatchObject({ rule: { source: "voter", rule: "rego" }, why: "ana may not" });
});

test("many at once are answered each for itself", async () => {
  const voters = await openVoters([voter("mcp/allow")], []);
  const answers = await Promise.all(
    Array.from({ length: 200 }, async (_, at) => wordOf(await voters.tighten(at % 2 === 0 ? callOf() : etc))),
  );
  expect(answers).toEqual(Array.from({ length: 200 }, (_, at) => (at % 2 === 0 ? "allow" : "deny")));
  await voters.close();
});

test("a decision that never comes is ended, denies, and the next one is asked of a fresh thread", async () => {
  const slow = voter("mcp/slow", { timeout_ms: 300 });
  expect(await words(slow, callOf(), callOf())).toEqual(Array(2).fill("deny, it did not answer in time"));
});

test("one that takes more memory than there is denies, and the gate's own memory is not it", async () => {
  const hungry = voter("mcp/hungry");
  expect(await words(hungry, callOf(), callOf())).toEqual(
    Array(2).fill("deny, it failed: opa_malloc: failed"),
  );
});

test("one that throws denies, and says to the operator alone what it was", async () => {
  const [refused] = await said(voter("mcp/network"), callOf());
  expect(wordOf(refused ?? { steps: [], refusal: undefined })).toMatch(
    /^deny, it failed: not implemented: .*http\.send$/,
  );
  expect(refused?.refusal?.why).toBe("The voter `rego` failed, and nothing passes that it has not allowed.");
});

test("what is asked after the end is denied", async () => {
  const voters = await openVoters([voter("mcp/allow", { timeout_ms: 200 })], []);
  await voters.close();
  expect(wordOf(await voters.tighten(callOf()))).toMatch(/^deny, /);
});

test.each<[string, () => Partial<BundleVoter>, RegExp]>([
  [
    "an entrypoint that it has not",
    () => ({ entrypoint: "mcp/other" }),
    /has no entrypoint mcp\/other, but mcp\/allow/,
  ],
  [
    "no archive",
    () => ({ bundle: file("a.tar.gz", "no archive") }),
    /a\.tar\.gz {2}is no bundle that can be asked: incorrect header check/,
  ],
  [
    "no tar in it",
    () => ({ bundle: file("b.tar.gz", gzipSync(Buffer.alloc(1024, "x"))) }),
    /is no tar archive/,
  ],
  [
    "nothing in it",
    () => ({ bundle: file("c.tar.gz", gzipSync(Buffer.alloc(1024))) }),
    /holds no policy\.wasm/,
  ],
  [
    "an archive that is cut off",
    () => ({ bundle: file("d.tar.gz", gzipSync(gunzipSync(readFileSync(BUNDLE)).subarray(0, 20_000))) }),
    /ends in the middle of a file/,
  ],
  [
    "something that is no Wasm",
    () => ({ bundle: file("e.tar.gz", gzipSync(entry("policy.wasm", Buffer.from("no wasm")))) }),
    /cannot be asked: .*WebAssembly/,
  ],
  [
    "data beside the one document that is read",
    () => ({ bundle: file("f.tar.gz", gzipSync(entry("policy.wasm", Buffer.alloc(8), "a/data.json"))) }),
    /holds a\/data\.json beside its data\.json/,
  ],
  [
    "more than is read",
    () => ({ bundle: file("g.tar.gz", gzipSync(Buffer.alloc(65 * 1024 * 1024))) }),
    /is no bundle/,
  ],
])("%s is refused at the start", async (_, change, message) => {
  await expect(openVoters([voter("mcp/allow", change())], [])).rejects.toThrow(message);
});

/** A tar archive of one file, and of empty ones. */
function entry(name: string, content: Buffer, ...empty: readonly string[]): Buffer {
  const header = (each: string, size: number): Buffer => {
    const block = Buffer.alloc(512);
    block.write(each, 0);
    block.write(size.toString(8).padStart(11, "0"), 124);
    block.write("0", 156);
    block.write("ustar\0", 257);
    return block;
  };
  const body = Buffer.alloc(Math.ceil(content.length / 512) * 512);
  content.copy(body);
  return Buffer.concat([
    header(name, content.length),
    body,
    ...empty.map((each) => header(each, 0)),
    Buffer.alloc(1024),
  ]);
}
