import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { OpaVoter } from "../../src/config/voters.ts";
import { openVoters } from "../../src/voters/open.ts";
import { callOf, said, wordOf } from "./asked.ts";
import { example } from "./manual.ts";
import { NO_OPA, opaProgram, type OpaServer, startOpa } from "./opa-server.ts";

const REGO = resolve("test/voters/example.rego");
const calls = [
  callOf(),
  callOf({ args: { path: "/etc/passwd" } }),
  callOf({ server: "web" }),
  callOf({ args: {} }),
  callOf({ args: { path: 1 } }),
  callOf({
    target: { kind: "resource", uri: "file:///etc" },
    method: "resources/read",
    args: { uri: "file:///etc" },
  }),
];

describe.skipIf(NO_OPA !== undefined)(
  `the real OPA server${NO_OPA === undefined ? "" : ` (skipped: ${NO_OPA})`}`,
  () => {
    let opa: OpaServer;
    let program: string;
    beforeAll(async () => {
      program = await opaProgram();
      opa = await startOpa(program, REGO);
    }, 900_000);
    afterAll(() => opa.stop());

    function voter(decision: string, more: Partial<OpaVoter> = {}): OpaVoter {
      const url = `${opa.url}/v1/data/mcp/${decision}`;
      const usual = { match: {}, timeout_ms: 10_000, cache_s: 0, unreachable: "deny" } as const;
      return { ...usual, kind: "opa", name: "opa", url, ...more };
    }

    test("decides, gives its reason, and what it leaves undefined is no decision", async () => {
      expect((await said(voter("allow"), ...calls.slice(0, 3))).map(wordOf)).toEqual([
        "allow",
        "deny",
        "deny",
      ]);
      const [refused] = await said(voter("decision"), callOf({ server: "web" }));
      expect(refused?.refusal?.why).toBe("ana may not");
      expect((await said(voter("nothing/here"), callOf())).map(wordOf)).toEqual([
        "deny, it has no decision for this call",
      ]);
    });

    test("the example of the manual decides as the manual says", async () => {
      const folder = mkdtempSync(join(tmpdir(), "portcullis-rego-"));
      writeFileSync(join(folder, "policy.rego"), example("rego example"));
      const own = await startOpa(program, join(folder, "policy.rego"));
      const url = `${own.url}/v1/data/mcp/decision`;
      const deploy = (...roles: readonly string[]) =>
        callOf({ target: { kind: "tool", name: "deploy" }, principal: { ...callOf().principal, roles } });
      const all = await said(voter("decision", { url }), callOf(), deploy(), deploy("operator"));
      expect(all.map(wordOf)).toEqual(["allow", "deny", "allow"]);
      expect(all[1]?.refusal?.why).toBe("Only operators may deploy.");
      await own.stop();
      rmSync(folder, { recursive: true });
    });

    test("a bundle of the same policy, built by it, decides alike", async () => {
      const folder = mkdtempSync(join(tmpdir(), "portcullis-opa-"));
      const bundle = join(folder, "bundle.tar.gz");
      execFileSync(program, ["build", "-t", "wasm", "-e", "mcp/allow", REGO, "-o", bundle]);
      const inside = { kind: "opa-wasm", name: "rego", match: {}, bundle, entrypoint: "mcp/allow" } as const;
      const over = await said(voter("allow"), ...calls);
      const within = await said({ ...inside, timeout_ms: 10_000 }, ...calls);
      expect(within.map(wordOf)).toEqual(over.map(wordOf));
      expect(new Set(over.map(wordOf))).toEqual(new Set(["allow", "deny"]));
      rmSync(folder, { recursive: true });
    });

    test("killed in the middle of many questions, it is unreachable: none of them is allowed by mistake", async () => {
      const second = await startOpa(program, REGO);
      const url = `${second.url}/v1/data/mcp/allow`;
      const voters = await openVoters(
        [voter("allow", { url }), voter("allow", { url, name: "lenient", unreachable: "allow" })],
        [],
      );
      const refused = callOf({ server: "web" });
      const words: string[] = [];
      const asking = Array.from({ length: 200 }, async (_, at) => {
        if (at === 100) await second.stop();
        words.push(wordOf(await voters.tighten(refused)));
      });
      await Promise.all(asking);
      words.push(wordOf(await voters.tighten(refused)));
      expect(words.filter((word) => !word.startsWith("deny"))).toEqual([]);
      expect(words.at(-1)).toMatch(/could not be reached|left alone/);
      await voters.close();
    });
  },
);
