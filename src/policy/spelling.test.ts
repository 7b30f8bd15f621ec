import { pathToFileURL } from "node:url";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Call } from "../call/call.ts";
import { firstCallId } from "../call/id.ts";
import { compile } from "./compile.ts";
import { decoded } from "./percent.ts";
import { spellings } from "./spelling.ts";

const options = { resourceArgs: () => ["path"] };

function reading(uri: string): Call {
  return {
    id: firstCallId(0),
    at: 0,
    client: undefined,
    meta: {},
    args: {},
    inexact: [],
    server: "s",
    era: "modern",
    method: "resources/read",
    target: { kind: "resource", uri },
    principal: { id: "p", tenant: "t", roles: [], scopes: [], source: "local-account" },
  };
}

function denier(resource: string): (uri: string) => boolean {
  const rules = [{ name: "no", match: { resource }, deny: true, why: "No." }];
  const policy = compile(
    [{ file: "p.yaml", text: JSON.stringify({ defaults: { verdict: "allow" }, rules }) }],
    options,
  );
  return (uri) => policy.judge(reading(uri), []).kind === "deny";
}
function allower(resource: string): (uri: string) => boolean {
  const rules = [{ name: "yes", match: { resource }, allow: true }];
  const policy = compile(
    [{ file: "p.yaml", text: JSON.stringify({ defaults: { verdict: "deny" }, rules }) }],
    options,
  );
  return (uri) => policy.judge(reading(uri), []).kind === "allow";
}

describe("a rule that denies a resource", () => {
  const denies = denier("file:///secret/*");
  test.each([
    "file:///secret/x",
    "FILE:///secret/x",
    "file:/secret/x",
    "file:secret/x",
    "file://localhost/secret/x",
    "file://LOCALHOST/secret/x",
    "file://127.0.0.1/secret/x",
    " file:///secret/x",
    "file:///secret/x\n",
    "\u0001file:///secret/x",
    "file:\\\\\\secret\\x",
    "file:////secret/x",
    "file:///pub/.\t./secret/x",
    "file:///pub/../secret/x",
    "file:///pub/%2e%2e/secret/x",
    "file:///pub/%252e%252e/secret/x",
    "file:///pub/%25252e%25%32e%5csecret/x",
    "file:///%73ecret/x",
    "file:///%2573ecret/x",
    "%66ile:///secret/x",
    "file:///se\tcret/x",
    "file:///se%09cret/x",
    "fi\tle:///secret/x",
    "FILE:///secret/",
    "file:///pub/../secret/x?q",
  ])("on file:///secret/* denies %j", (uri) => {
    expect(denies(uri)).toBe(true);
  });

  test.each(["file:///public/x", "file:///secrets/x", "https://secret/x", "secret/x", "FILE:///pub/x"])(
    "and not %j",
    (uri) => {
      expect(denies(uri)).toBe(false);
    },
  );

  test.each([
    ["https://internal.example/*", "HTTPS://Internal.EXAMPLE/x"],
    ["https://internal.example/*", "https:internal.example/x"],
    ["https://internal.example/*", "https:\\\\internal.example\\x"],
    ["https://internal.example/*", "https://internal.example:443/x"],
    ["https://internal.example/*", "https://ana@internal.example/x"],
    ["https://internal.example/secret/*", "https://internal.example/a/%2E./secret/x"],
    ["HTTPS://Internal.Example/*", "https://internal.example/x"],
    ["FILE:///secret/*", "file:///secret/x"],
    ["file:/secret/*", "file:///secret/x"],
    ["file:///my%20secret/*", "file:///my secret/x"],
    ["file:///caf%C3%A9/*", "file:///café/x"],
    ["file:///café/*", "file:///caf%c3%a9/x"],
    ["file:///secret/x", "file:///secret/x?y"],
    ["file:///secret/x", "file:///secret/x/#y"],
    ["/etc/*", "file:///etc/passwd"],
    ["/etc/*", "/srv/../etc/passwd"],
    ["/etc/*", "\\etc\\passwd"],
    ["/etc/*", "//etc/./passwd"],
    ["/etc/*", "/e\u0000tc/passwd"],
    ["/etc/*", " /etc/passwd"],
    ["C:\\secret\\*", "C:/secret/x"],
    ["db://prod/*", "DB://Prod/x"],
    ["*%2f*", "a%2fb"],
  ])("on %s denies %j", (resource, uri) => {
    expect(denier(resource)(uri)).toBe(true);
  });

  test.each([
    ["*%2f*", "a/b"],
    ["*/../*", "a/b"],
    ["my-prod-db", "my-prod-dbs"],
    ["file:///a%2fb", "file:///a/c"],
  ])("on %s leaves %j alone", (resource, uri) => {
    expect(denier(resource)(uri)).toBe(false);
  });

  test("of a tool denies by each of its arguments", () => {
    const rules = [{ name: "no", match: { tool: "*", resource: "/etc/*" }, deny: true, why: "No." }];
    const text = JSON.stringify({ defaults: { verdict: "allow" }, rules });
    const policy = compile([{ file: "p.yaml", text }], options);
    const call = (path: string): Call => ({
      ...reading(""),
      method: "tools/call",
      target: { kind: "tool", name: "t" },
      args: { path },
    });
    expect(policy.judge(call("/%65tc/x"), []).kind).toBe("deny");
    expect(policy.judge(call("/srv/x"), []).kind).toBe("allow");
  });
});

describe("a rule that allows a resource", () => {
  test.each([
    ["file:///srv/*", "file:///srv/x", true],
    ["file:///srv/*", "FILE:///srv/x", false],
    ["file:///srv/*", "file:/srv/x", false],
    ["file:///srv/*", "file:///srv/.\t./x", false],
    ["file:///srv/*", "file:///srv/%252e%252e/x", false],
    ["*", " file:///srv/x", false],
    ["*", "file:///srv/x\r", false],
    ["FILE:///srv/*", "file:///srv/x", false],
  ])("on %s allows %j: %s", (resource, uri, expected) => {
    expect(allower(resource)(uri)).toBe(expected);
  });
});

describe("spellings", () => {
  const odd = fc.constantFrom("a", "B", ".", "..", "/", "\\", "%2e", "%2F", "%25", "\t", " ", "?", "é", "%");
  const texts = fc.array(odd, { maxLength: 8 }).map((parts) => parts.join(""));

  test("hold what the platform makes of a file URL", () => {
    fc.assert(
      fc.property(texts, (text) => {
        const url = URL.parse(`file:///${text.replaceAll("?", "")}`);
        if (url === null) return;
        const path = decodeURIComponentOr(url.pathname);
        if (path === undefined || /%|[\\\t]|\/\/|(?:^|\/)\.{1,2}(?:\/|$)|^\s|\s$/.test(path)) return;
        expect(spellings(`file:///${text.replaceAll("?", "")}`)).toContain(`file://${path}`);
        expect(spellings(pathToFileURL(path).href)).toContain(`file://${path}`);
      }),
      { numRuns: 5000 },
    );
  });

  test("are what decoding again and again ends in", () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom("%", "2", "5", "4", "%25", "z"), { maxLength: 12 }), (parts) => {
        let text = parts.join("");
        const all = decoded(text);
        for (let before = ""; before !== text; ) {
          before = text;
          text = text.replaceAll(/%[0-7][0-9a-f]/gi, (one) =>
            String.fromCharCode(Number.parseInt(one.slice(1), 16)),
          );
        }
        expect(all).toBe(text);
      }),
      { numRuns: 5000 },
    );
  });

  test("of a million odd characters are found", () => {
    expect(spellings(`file:///%${"25".repeat(300_000)}2e`)).toContain("file:///");
    expect(spellings(`/${"../".repeat(300_000)}etc`)).toContain("/etc");
  });
});

function decodeURIComponentOr(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}
