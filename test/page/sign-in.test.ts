// People who sign in with a browser, at a real OpenID Connect provider and with one-time passwords.
import { existsSync } from "node:fs";
import { AxeBuilder } from "@axe-core/playwright";
import { Secret as OtpSecret, URI } from "otpauth";
import { chromium } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { onward } from "../../src/admin/page/sign-in.ts";
import type { ApprovalId } from "../../src/call/id.ts";
import { codes, CODES_PURPOSE } from "../../src/identity/browser/codes.ts";
import { mint } from "../../src/identity/key.ts";
import { sealer } from "../../src/identity/sealer.ts";
import { SECRET, type Signing, signing } from "./signing.ts";

const OPS = "ops-lead@example.com";
const HOUR = 3_600_000;
let at: Signing;
beforeAll(async () => {
  at = await signing();
});
afterAll(() => at.close());

type Jar = Map<string, string>;

/** One request of a browser that keeps the gate's cookies and follows nothing. */
async function visit(
  path: string,
  jar: Jar,
  form?: Readonly<Record<string, string>>,
  headers: Readonly<Record<string, string>> = {},
  gate = at,
): Promise<Response & { readonly text: () => Promise<string> }> {
  const cookie = [...jar].map(([name, value]) => `${name}=${value}`).join("; ");
  const answer = await fetch(new URL(path, gate.url), {
    method: form === undefined ? "GET" : "POST",
    redirect: "manual",
    headers: { ...(cookie !== "" && { cookie }), ...headers },
    ...(form !== undefined && { body: new URLSearchParams(form) }),
  });
  for (const set of answer.headers.getSetCookie()) {
    const [, name = "", value = ""] = /^([^=]+)=([^;]*)/.exec(set) ?? [];
    if (value === "") jar.delete(name);
    else jar.set(name, value);
  }
  return answer;
}

const link = (id: ApprovalId, gate = at): Promise<string> =>
  gate.links.pathOf({ tenant: "default", id, purpose: "see" }, Date.now() + HOUR);
const hidden = (text: string): Record<string, string> =>
  Object.fromEntries(
    [...text.matchAll(/<input type="hidden" name="(\w+)" value="([^"]*)"/g)].map(
      ([, name = "", value = ""]) => [name, value],
    ),
  );
const locationOf = (answer: Response): string => answer.headers.get("location") ?? "";

/** Signs somebody in at the provider; gives where the gate sends them then. */
async function signedIn(name: string, jar: Jar, to = "/signin"): Promise<Response> {
  const left = await visit(`/signin/provider?to=${encodeURIComponent(to)}`, jar);
  return await visit(await at.provider.signIn(locationOf(left), name), jar);
}

describe("at a provider", () => {
  test("somebody opens a link, signs in, and decides as who the provider says they are", async () => {
    const jar: Jar = new Map();
    const path = await link(await at.ask({ n: 1 }));
    const closed = await visit(path, jar);
    expect(closed.status).toBe(401);
    const [, way = ""] = /href="(\/signin\?to=[^"]+)"/.exec(await closed.text()) ?? [];
    const choose = await (await visit(way, jar)).text();
    const [, start = ""] = /href="(\/signin\/provider\?to=[^"]+)"/.exec(choose) ?? [];
    const left = await visit(start, jar);
    const url = new URL(locationOf(left));
    expect(Object.fromEntries(url.searchParams)).toMatchObject({
      response_type: "code",
      code_challenge_method: "S256",
      scope: "openid",
      redirect_uri: `${at.url}/signin/callback`,
      state: expect.any(String) as unknown,
      nonce: expect.any(String) as unknown,
    });
    const back = await visit(await at.provider.signIn(url.href, OPS), jar);
    expect([back.status, locationOf(back)]).toEqual([303, path]);
    const shown = await (await visit(path, jar)).text();
    expect(shown).toContain(`You decide as <strong>${OPS}</strong>`);
    const fields = { ...hidden(shown), decision: "approve", reason: "seen" };
    const { pathname } = new URL(path, at.url);
    expect((await visit(pathname, jar, { ...fields, token: "forged" })).status).toBe(403);
    expect((await visit(pathname, jar, fields)).status).toBe(303);
    expect(await (await visit(path, jar)).text()).toContain("approved it — seen");
  });

  test("a cookie is out of reach of scripts and other sites, and nothing of it is kept in clear", async () => {
    const jar: Jar = new Map();
    const back = await signedIn(OPS, jar);
    const [set = ""] = back.headers.getSetCookie();
    // Over plain HTTP, on loopback: browsers take `__Host-` and `Secure` over HTTPS only.
    expect(set).toMatch(/^portcullis-session=[^;]+; Path=\/; Max-Age=28800; HttpOnly; SameSite=Lax$/);
    const [, secret = "none"] = (jar.get("portcullis-session") ?? "").split(".");
    const kept = await at.store.signIns.sessions("default");
    expect(kept.length).toBeGreaterThan(0);
    expect(JSON.stringify([kept, at.logged])).not.toContain(secret);
  });

  test("over HTTPS cookies are `__Host-` and Secure", async () => {
    const secure = await signing({}, "https://gate.example");
    try {
      const host = { host: "gate.example" };
      const { request } = await import("node:http");
      const sets = await new Promise<readonly string[]>((done) => {
        request(`${secure.url}/signin/provider`, { headers: host }, (answer) =>
          done(answer.headers["set-cookie"] ?? []),
        ).end();
      });
      expect(sets).toEqual([
        expect.stringMatching(
          /^__Host-portcullis-signin=[^;]+; Path=\/; Max-Age=600; HttpOnly; SameSite=Lax; Secure$/,
        ),
      ]);
    } finally {
      await secure.close();
    }
  });

  test("who signs out is out, whatever copy of the cookie comes", async () => {
    const jar: Jar = new Map();
    await signedIn(OPS, jar);
    const copy: Jar = new Map(jar);
    const page = await (await visit("/signin", jar)).text();
    expect(page).toContain(OPS);
    expect((await visit("/signout", jar, { token: "forged" })).status).toBe(403);
    expect((await visit("/signout", jar, hidden(page))).status).toBe(200);
    expect(jar.has("portcullis-session")).toBe(false);
    expect(await (await visit("/signin", copy)).text()).not.toContain(OPS);
  });

  test("a session that is taken back is over with the next request; an unused one, and an old one, too", async () => {
    const path = await link(await at.ask({ n: 2 }));
    const over = async (change: (id: string) => Promise<void> | void): Promise<number> => {
      const jar: Jar = new Map();
      await signedIn(OPS, jar);
      expect((await visit(path, jar)).status).toBe(200);
      await change((jar.get("portcullis-session") ?? "").split(".")[0] ?? "");
      try {
        return (await visit(path, jar)).status;
      } finally {
        at.ahead = 0;
      }
    };
    expect(
      await over(async (id) => void (await at.store.signIns.end("default", id, Date.now(), "ana"))),
    ).toBe(401);
    expect(await over(() => void (at.ahead = 29 * 60_000))).toBe(200);
    expect(await over(() => void (at.ahead = 31 * 60_000))).toBe(401);
  });

  test("whoever signs in again has another session, and the one before is over", async () => {
    const jar: Jar = new Map();
    await signedIn(OPS, jar);
    const before: Jar = new Map(jar);
    await signedIn("cto@example.com", jar);
    expect(jar.get("portcullis-session")).not.toBe(before.get("portcullis-session"));
    expect(await (await visit("/signin", before)).text()).not.toContain(OPS);
    expect(await (await visit("/signin", jar)).text()).toContain("cto@example.com");
  });
});

describe("nobody is signed in", () => {
  /** What a browser comes back with from a sign-in that it began. */
  async function came(jar: Jar): Promise<URL> {
    const left = await visit("/signin/provider", jar);
    return new URL(await at.provider.signIn(locationOf(left), OPS));
  }
  const told = (answer: Response, jar: Jar): string =>
    `${answer.status}, ${jar.has("portcullis-session") ? "in" : "out"}`;

  test("with somebody else's code: the sign-in is bound to the browser that began it", async () => {
    const theirs = await came(new Map());
    const jar: Jar = new Map();
    expect(told(await visit(`/signin/callback${theirs.search}`, jar), jar)).toBe("400, out");
    await came(jar);
    expect(told(await visit(`/signin/callback${theirs.search}`, jar), jar)).toBe("401, out");
  });

  test("twice with the same code, nor with the cookie of a sign-in that came back", async () => {
    const jar: Jar = new Map();
    const back = await came(jar);
    const copy: Jar = new Map(jar);
    expect((await visit(`/signin/callback${back.search}`, jar)).status).toBe(303);
    expect(told(await visit(`/signin/callback${back.search}`, copy), copy)).toBe("400, out");
  });

  test.each([
    ["another state", "state", "other"],
    ["another issuer (RFC 9207)", "iss", "https://evil.example"],
    ["another code", "code", "other"],
  ])("with %s", async (_, name, value) => {
    const jar: Jar = new Map();
    const back = await came(jar);
    back.searchParams.set(name, value);
    expect(told(await visit(`/signin/callback${back.search}`, jar), jar)).toBe("401, out");
  });

  test("without the issuer that the provider says it sends", async () => {
    const jar: Jar = new Map();
    const back = await came(jar);
    back.searchParams.delete("iss");
    expect(told(await visit(`/signin/callback${back.search}`, jar), jar)).toBe("401, out");
  });

  test("when ten minutes are over", async () => {
    const jar: Jar = new Map();
    const back = await came(jar);
    at.ahead = 601_000;
    expect(told(await visit(`/signin/callback${back.search}`, jar), jar)).toBe("400, out");
    at.ahead = 0;
  });

  test("from a page of another site", async () => {
    const cross = { "sec-fetch-site": "cross-site" };
    expect((await visit("/signin/provider", new Map(), undefined, cross)).status).toBe(403);
    const form = { key: "x", code: "123456", token: "x" };
    expect((await visit("/signin", new Map(), form, cross)).status).toBe(403);
    const evil = { origin: "https://evil.example" };
    expect((await visit("/signin", new Map(), form, evil)).status).toBe(403);
  });
});

test.each([
  ["https://evil.example/"],
  ["//evil.example/a/x?k=y"],
  ["/\\evil.example"],
  ["/a/x?k=y#//evil"],
  ["/a/../signout?k=x"],
  ["/a/x?k=y&next=https://evil.example"],
  ["javascript:alert(1)"],
  ["/a/x?k=y\r\nset-cookie: a=b"],
  [""],
])("after signing in nobody is sent to %s", (to) => {
  expect(onward(to)).toBe("/signin");
});

describe("with an API key and a one-time password", () => {
  async function holder(
    name: string,
    confined: { readonly networks?: readonly string[]; readonly account?: true } = {},
  ): Promise<{ key: string; id: string; codeAt: (ms: number) => string }> {
    const { text, ...own } = mint("live");
    const bounds = { roles: ["approver"], scopes: [], servers: [], tools: [], networks: [] };
    const about = { tenant: "default", principal: name, name: "", made_by: "test", ...bounds };
    const never = { revoked_at: null, revoked_by: null, used_at: null };
    const made_at = Date.now();
    await at.store.credentials.add({
      ...own,
      ...about,
      ...never,
      ...confined,
      made_at,
      expires_at: made_at + HOUR,
    });
    const enrolled = codes(at.store.signIns, sealer(SECRET, CODES_PURPOSE), Date.now);
    const totp = URI.parse(await enrolled.enrol("default", name, "test"));
    return { key: text, id: own.id, codeAt: (ms) => totp.generate({ timestamp: ms }) };
  }
  async function send(jar: Jar, fields: Readonly<Record<string, string>>): Promise<Response> {
    const page = await (await visit("/signin", jar)).text();
    return await visit("/signin", jar, { ...hidden(page), ...fields });
  }

  test("signs in as the key's principal, with a second factor that policy can see", async () => {
    const jar: Jar = new Map();
    const { key, id, codeAt } = await holder("dana@example.com");
    const code = codeAt(Date.now());
    expect((await send(jar, { key, code })).status).toBe(303);
    const session = (await at.store.signIns.sessions("default")).find(
      ({ principal }) => principal === "dana@example.com",
    );
    expect(JSON.parse(session?.facts ?? "")).toMatchObject({ amr: ["otp", "mfa"], roles: ["approver"] });
    expect(await (await visit("/signin", jar)).text()).toContain("dana@example.com");

    const again: Jar = new Map();
    expect((await send(again, { key, code })).status).toBe(401);
    expect(again.has("portcullis-session")).toBe(false);
    // The key that they signed in with is taken back.
    await at.store.credentials.revoke(id, Date.now(), "test");
    expect(await (await visit("/signin", jar)).text()).not.toContain("dana@example.com");
  });

  test("a role that their tenant gave them is theirs no longer than they have it", async () => {
    const { key, codeAt } = await holder("hal@example.com");
    const who = {
      tenant: "default",
      id: "hal@example.com",
      kind: "user",
      name: "",
      state: "active",
    } as const;
    const made = { made_at: 1, made_by: "test", changed_at: 1, changed_by: "test" };
    await at.store.people.add({ ...who, ...made, roles: ["tenant_admin"] });
    expect((await send(new Map(), { key, code: codeAt(Date.now()) })).status).toBe(303);
    const session = (await at.store.signIns.sessions("default")).find(
      ({ principal }) => principal === who.id,
    );
    expect(JSON.parse(session?.facts ?? "")).toMatchObject({ roles: ["approver"] });
  });

  test("what is wrong is not told, neither key nor password; what is old is not taken; the form must be the page's", async () => {
    const { key, codeAt } = await holder("eli@example.com");
    const other = await holder("fay@example.com");
    const jar: Jar = new Map();
    const wrong = [
      { key, code: codeAt(Date.now() - 120_000) },
      { key, code: other.codeAt(Date.now()) },
      { key, code: "12345" },
      { key: `${key.slice(0, -1)}x`, code: codeAt(Date.now()) },
      { key: "", code: "" },
    ];
    const bodies = [];
    for (const fields of wrong) {
      const answer = await send(jar, fields);
      expect(answer.status).toBe(401);
      bodies.push((await answer.text()).replaceAll(/value="[^"]*"/g, ""));
    }
    expect(new Set(bodies).size).toBe(1);
    expect(bodies[0]).toContain("Key or password is not right");
    expect((await visit("/signin", jar, { key, code: codeAt(Date.now()), token: "forged" })).status).toBe(
      401,
    );
    expect(jar.has("portcullis-session")).toBe(false);
    expect(JSON.stringify(at.logged)).not.toContain(key);
  });

  test.each([
    ["is confined to networks", "ivy@example.com", { networks: ["127.0.0.0/8"] }],
    ["is a service account's", "nightly", { account: true }],
  ] as const)("a key that %s signs nobody in", async (_, name, confined) => {
    if (name === "nightly")
      await at.store.people.add({
        tenant: "default",
        id: name,
        kind: "service-account",
        name: "",
        roles: [],
        state: "active",
        made_at: 1,
        made_by: "test",
        changed_at: 1,
        changed_by: "test",
      });
    const { key, codeAt } = await holder(name, confined);
    expect((await send(new Map(), { key, code: codeAt(Date.now()) })).status).toBe(401);
  });

  test("is what RFC 6238 says it is (appendix B, in six digits)", async () => {
    const sealed = sealer(SECRET, CODES_PURPOSE);
    const { base32 } = OtpSecret.fromLatin1("12345678901234567890");
    for (const [second, code] of [
      [59, "287082"],
      [1_111_111_109, "081804"],
      [20_000_000_000, "353130"],
    ] as const) {
      const kept = { sealed: await sealed.seal(base32), made_at: 0, made_by: "test" };
      await at.store.signIns.enrol({
        tenant: "default",
        principal: "rfc",
        ...kept,
        step: 0,
        wrong: 0,
        wrong_at: 0,
      });
      const own = codes(at.store.signIns, sealed, () => second * 1_000);
      await expect(own.check("default", "rfc", code)).resolves.toBeUndefined();
      await expect(own.check("default", "rfc", code)).rejects.toThrow("used before");
    }
  });

  test("after ten wrong ones none is looked at for an hour, also where they come at once", async () => {
    const { codeAt } = await holder("gil@example.com");
    const clock = { ahead: 0 };
    const now = (): number => Date.now() + clock.ahead;
    const own = codes(at.store.signIns, sealer(SECRET, CODES_PURPOSE), now);
    const check = (code: string): Promise<string> =>
      own.check("default", "gil@example.com", code).then(
        () => "ok",
        (error: unknown) => (error as Error).message,
      );
    const said = await Promise.all(Array.from({ length: 30 }, () => check("000000")));
    expect(said.filter((each) => each.includes("another one"))).toHaveLength(10);
    expect(await check(codeAt(now()))).toContain("too many");
    clock.ahead = HOUR + 1_000;
    expect(await check(codeAt(now()))).toBe("ok");
  });
});

test("who came in, and who did not, is on record: never with what", async () => {
  const jar: Jar = new Map();
  await signedIn("hal@example.com", jar);
  await visit(await link(await at.ask({ n: 4 })), jar);
  await visit("/signin/callback?code=guessed-code&state=x", jar);
  await vi.waitFor(async () => {
    const acts = await at.store.forTenant("default").acts.list({ action: "signin.", limit: 1_000 });
    const text = JSON.stringify(acts);
    expect(acts.some(({ act }) => act.action === "signin.ok" && text.includes("hal@example.com"))).toBe(true);
    expect(acts.some(({ act }) => act.action === "signin.failed")).toBe(true);
    expect(text).not.toContain("guessed-code");
  });
});

const CHROMIUM =
  ["/usr/bin/chromium-headless-shell", "/usr/bin/chromium"].find((each) => existsSync(each)) ?? "";

test.skipIf(CHROMIUM === "")(
  "in a browser, without scripts and by keyboard alone, somebody signs in and approves (needs Debian's chromium-headless-shell)",
  async () => {
    const browser = await chromium.launch({ executablePath: CHROMIUM });
    try {
      const context = await browser.newContext({ javaScriptEnabled: false });
      const page = await context.newPage();
      const complaints: string[] = [];
      page.on("console", (message) => {
        const from = message.location().url;
        if (from.startsWith(at.url) && message.type() === "error" && !message.text().includes("401"))
          complaints.push(message.text());
      });
      const id = await at.ask({ n: 3 });
      await page.goto(`${at.url}${await link(id)}`);
      await page.locator("a", { hasText: "Sign in" }).press("Enter");
      await page.locator("a", { hasText: "Sign in at" }).press("Enter");
      await page.locator("input[name=login]").fill(OPS);
      await page.locator("input[name=password]").fill("any");
      await page.locator("input[name=password]").press("Enter");
      await page.locator("button[type=submit]").press("Enter");
      await page.waitForURL(`${at.url}/a/**`);
      expect(await page.textContent("strong")).toBe(OPS);
      await page.locator("button", { hasText: "Approve" }).press("Enter");
      await page.waitForSelector("text=approved it");
      expect(complaints).toEqual([]);
      await page.goto(`${at.url}/signin`);
      await page.locator("button", { hasText: "Sign out" }).press("Enter");
      await page.waitForSelector("text=You are signed out");
      await context.close();
      const plain = await (await browser.newContext()).newPage();
      await plain.goto(`${at.url}/signin`);
      expect((await new AxeBuilder({ page: plain }).analyze()).violations).toEqual([]);
    } finally {
      await browser.close();
    }
  },
);
