import { existsSync } from "node:fs";
import { request as httpRequest } from "node:http";
import { AxeBuilder } from "@axe-core/playwright";
import { type Browser, chromium } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { ApprovalId } from "../../src/call/id.ts";
import type { Principal } from "../../src/call/principal.ts";
import { Fault } from "../../src/call/fault.ts";
import { type Served, serve } from "./served.ts";

const HOUR = 3_600_000;
let served: Served;
beforeAll(async () => {
  served = await serve();
});
afterAll(() => served.close());

const link = (id: ApprovalId, purpose: "see" | "decide" = "decide", at = served, tenant = "default") =>
  at.links.pathOf({ tenant, id, purpose }, Date.now() + HOUR);
const get = (path: string, at = served): Promise<Response> => fetch(`${at.url}${path}`);
/** What the page's form would send; its hidden fields as the page has them. */
async function send(
  path: string,
  fields: Record<string, string>,
  headers: Record<string, string> = {},
  at = served,
) {
  const shown = await (await get(path, at)).text();
  const hidden = Object.fromEntries(
    [...shown.matchAll(/<input type="hidden" name="(\w+)" value="([^"]*)"/g)].map(
      ([, name = "", value = ""]) => [name, value],
    ),
  );
  return await fetch(`${at.url}${path.split("?")[0] ?? ""}`, {
    method: "POST",
    redirect: "manual",
    headers,
    body: new URLSearchParams({ ...hidden, ...fields }),
  });
}
const state = async (id: ApprovalId): Promise<string> =>
  (await served.desk.get("default", id))?.acts.at(-1)?.state ?? "pending";

describe("the page of a question", () => {
  test("shows who asks for what, exactly, with nothing that could act as markup", async () => {
    const id = await served.ask({ note: `<img src=x onerror=alert(1)>"'&`, hidden: "a\u202eb\u200bc" });
    const response = await get(await link(id));
    const text = await response.text();
    expect(response.status).toBe(200);
    expect(text).toContain("&lt;img src=x onerror=alert(1)&gt;");
    expect(text).not.toContain("<img");
    expect(text).toContain(String.raw`a\u202eb\u200bc`);
    expect(text).toContain("agent@example.com");
    expect(text).toContain("2 of ops-lead@example.com, cto@example.com");
    const policy = response.headers.get("content-security-policy") ?? "";
    expect(policy).toMatch(
      /^default-src 'none'; style-src 'sha256-[^']+'; form-action 'self'; frame-ancestors 'none'/,
    );
    expect(text).not.toMatch(/<script|<[a-z][^>]* on\w+=|\u202e|\u200b/);
    expect(response.headers.get("cache-control")).toBe("no-store");
    expect(response.headers.get("referrer-policy")).toBe("same-origin");
  });

  test("two people approve it; each sees what the other did, and the second time nothing is to be decided", async () => {
    const id = await served.ask({ n: 1 });
    const path = await link(id);
    const first = await send(path, {
      approver: "ops-lead@example.com",
      reason: "<b>fine</b>",
      decision: "approve",
    });
    expect(first.status).toBe(303);
    expect(first.headers.get("location")).toContain(`/a/${id}?k=`);
    expect(await (await get(path)).text()).toContain("approved it — &lt;b&gt;fine&lt;/b&gt;");
    expect(await state(id)).toBe("pending");
    expect((await send(path, { approver: "cto@example.com", decision: "approve" })).status).toBe(303);
    expect(await state(id)).toBe("approved");
    const acts = (await served.desk.get("default", id))?.acts ?? [];
    expect(acts.map(({ deed }) => deed.kind === "approve" && deed.preview)).toEqual([
      expect.stringMatching(/^sha256:/),
      expect.stringMatching(/^sha256:/),
    ]);
    expect(
      (await send(path, { approver: "cto@example.com", decision: "deny", reason: "oh no" })).status,
    ).toBe(303);
    expect(await state(id)).toBe("denied");
    expect(await (await get(path)).text()).not.toContain("<form");
  });

  test.each([
    ["nobody is chosen", { decision: "approve" }, "Choose who you are."],
    [
      "somebody is named whom no rule lists",
      { approver: "eve@example.com", decision: "approve" },
      "Choose who you are.",
    ],
    ["no button is pressed", { approver: "cto@example.com" }, "Press Approve or Deny."],
    [
      "another page was shown",
      { approver: "cto@example.com", decision: "approve", preview: "sha256:0" },
      "not what the page showed",
    ],
    [
      "arguments are no JSON",
      { approver: "cto@example.com", decision: "approve", args: "{" },
      "no JSON object",
    ],
    [
      "the reason is too long",
      { approver: "cto@example.com", decision: "deny", reason: "x".repeat(1001) },
      "1000 characters",
    ],
  ])("says what is wrong where %s, and keeps what was typed", async (_, fields, text) => {
    const id = await served.ask({ text, fields: JSON.stringify(fields) });
    const response = await send(await link(id), { reason: "typed & kept", ...fields });
    const body = await response.text();
    expect(response.status).toBe(409);
    expect(body).toContain(text);
    expect(body).toContain("reason" in fields ? fields.reason : "typed &amp; kept");
    expect(await state(id)).toBe("pending");
  });

  test("approves other arguments as a question of its own", async () => {
    const id = await served.ask({ amount: 500 }, { quorum: 1 });
    const response = await send(await link(id), {
      approver: "cto@example.com",
      decision: "approve",
      args: '{"amount": 50}',
    });
    expect(response.status).toBe(303);
    expect(response.headers.get("location")).not.toContain(id);
    expect(await state(id)).toBe("void");
    expect(await (await get(response.headers.get("location") ?? "")).text()).toContain("is approved");
  });

  test("does not offer to change arguments of which parts are hidden", async () => {
    const id = await served.ask({ token: "[secret]" }, { whole: false });
    const text = await (await get(await link(id))).text();
    expect(text).toContain("Parts are hidden");
    expect(text).not.toContain('name="args"');
  });
});

describe("a link", () => {
  test("is good for one question, for as long as it says, and for what it was made for", async () => {
    const [id, other] = [await served.ask({ n: 3 }), await served.ask({ n: 4 })];
    const path = await link(id);
    const signature = path.split("k=")[1] ?? "";
    const old = await served.links.pathOf({ tenant: "default", id, purpose: "decide" }, Date.now() - 1_000);
    const altered = `${signature.slice(0, -2)}${signature.endsWith("AA") ? "BB" : "AA"}`;
    const none = Buffer.from('{"alg":"none"}').toString("base64url");
    for (const wrong of [
      `/a/${id}`,
      `/a/${id}?k=`,
      `/a/${other}?k=${signature}`,
      `/a/${id}?k=${altered}`,
      `/a/${id}?k=${none}.${signature.split(".")[1]}.`,
      `/a/${id}?k=${"x".repeat(5_000)}`,
      old,
      await link(id, "decide", served, "acme"),
      "/a/",
      "/a/../a",
      `/a/${"x".repeat(80)}`,
    ]) {
      const response = await get(wrong);
      expect([wrong.slice(0, 60), response.status]).toEqual([wrong.slice(0, 60), 404]);
      expect(await response.text()).toContain("There is nothing here");
    }
    const see = await link(id, "see");
    expect(await (await get(see)).text()).not.toContain("<form");
    const body = new URLSearchParams({
      k: see.split("k=")[1] ?? "",
      approver: "cto@example.com",
      decision: "deny",
    });
    expect((await fetch(`${served.url}/a/${id}`, { method: "POST", body })).status).toBe(404);
    expect(await state(id)).toBe("pending");
  });

  test("does not let another site send the form, nor anything but a form of bounded size", async () => {
    const id = await served.ask({ n: 5 });
    const path = await link(id);
    const yes = { approver: "cto@example.com", decision: "approve" };
    expect((await send(path, yes, { origin: "https://evil.example" })).status).toBe(403);
    // A browser's own word for where a request comes from; fetch does not let a program write it.
    const forged = (site: string): Promise<number> =>
      new Promise((resolve, reject) => {
        const headers = { "sec-fetch-site": site, "content-type": "application/x-www-form-urlencoded" };
        const sent = httpRequest(`${served.url}/a/${id}`, { method: "POST", headers }, (response) => {
          response.resume();
          resolve(response.statusCode ?? 0);
        });
        sent.on("error", reject);
        sent.end("k=x");
      });
    expect(await forged("cross-site")).toBe(403);
    expect(await forged("same-site")).toBe(403);
    const json = { method: "POST", body: "{}", headers: { "content-type": "application/json" } };
    expect((await fetch(`${served.url}/a/${id}`, json)).status).toBe(415);
    expect((await send(path, { ...yes, args: "x".repeat(300_000) })).status).toBe(413);
    expect((await fetch(`${served.url}${path}`, { method: "PUT" })).status).toBe(405);
    expect(await state(id)).toBe("pending");
  });
});

describe("with authentication", () => {
  const carl: Principal = {
    id: "carl@example.com",
    tenant: "default",
    roles: ["lead"],
    scopes: [],
    source: "host",
  };
  let signed: Served;
  beforeAll(async () => {
    signed = await serve(carl);
  });
  afterAll(() => signed.close());

  test("the credential decides who somebody is, whatever the form says", async () => {
    const id = await signed.ask({ n: 6 }, { approvers: ["role:lead", "cto@example.com"] });
    const path = await link(id, "see", signed);
    expect(await (await get(path, signed)).text()).toContain(
      "You decide as <strong>carl@example.com</strong>",
    );
    const sent = await send(path, { approver: "cto@example.com", decision: "approve" }, {}, signed);
    expect(sent.status).toBe(303);
    const acts = (await signed.desk.get("default", id))?.acts ?? [];
    expect(acts.map(({ by }) => [by.id, by.source])).toEqual([["carl@example.com", "host"]]);
    const foreign = await signed.ask({ n: 7 });
    const refused = await send(await link(foreign, "decide", signed), { decision: "approve" }, {}, signed);
    expect([refused.status, await refused.text()]).toEqual([
      409,
      expect.stringContaining("may not decide this"),
    ]);
  });
});

const CHROMIUM =
  ["/usr/bin/chromium-headless-shell", "/usr/bin/chromium"].find((each) => existsSync(each)) ?? "";

describe.skipIf(CHROMIUM === "")(
  "in a browser at the size of a phone (needs Debian's chromium-headless-shell)",
  () => {
    let browser: Browser;
    beforeAll(async () => {
      browser = await chromium.launch({ executablePath: CHROMIUM });
    });
    afterAll(() => browser.close());

    test.each(["light", "dark"] as const)(
      "can be read and decided by keyboard alone, %s",
      async (colorScheme) => {
        const id = await served.ask({ name: "billing", colorScheme }, { quorum: 1 });
        const context = await browser.newContext({ viewport: { width: 390, height: 844 }, colorScheme });
        const page = await context.newPage();
        const complaints: string[] = [];
        page.on("console", (message) => complaints.push(message.text()));
        page.on("pageerror", (error) => complaints.push(error.message));
        await page.goto(`${served.url}${await link(id)}`);
        expect((await new AxeBuilder({ page }).analyze()).violations).toEqual([]);
        const wide = await page.evaluate<boolean>("document.documentElement.scrollWidth > innerWidth");
        expect(wide).toBe(false);
        for (let tabs = 0; tabs < 20; tabs++) {
          await page.keyboard.press("Tab");
          const on = await page.evaluate<string>("document.activeElement.id");
          if (on === "approver") await page.keyboard.type("cto");
          if (on === "reason") await page.keyboard.type("looked at it");
          if ((await page.evaluate<string>("document.activeElement.textContent")) === "Approve") break;
        }
        await page.keyboard.press("Enter");
        await page.waitForSelector(".state.approved");
        expect(await state(id)).toBe("approved");
        expect((await new AxeBuilder({ page }).analyze()).violations).toEqual([]);
        expect(complaints).toEqual([]);
        await context.close();
      },
    );
  },
);

test("a browser without a credential is told how to decide, and nothing of the question", async () => {
  const fields = { "www-authenticate": "Bearer" };
  const closed = await serve(new Fault("unauthenticated", "Show who you are.", { fields }));
  try {
    const id = await closed.ask({ amount: 17 }, { why: "Quite secret." });
    const response = await get(await link(id, "decide", closed), closed);
    expect(response.status).toBe(401);
    expect(response.redirected).toBe(false);
    expect(response.headers.get("www-authenticate")).toBe("Bearer");
    const text = await response.text();
    expect(text).toContain(`portcullis approve ${id}`);
    expect(text).toContain(`portcullis deny ${id}`);
    expect(text).toContain("PORTCULLIS_API_KEY");
    expect(text).toContain(`POST /governance/v1/approvals/${id}/approve`);
    expect(text).not.toMatch(/<a |<form|http-equiv|secret|17</);
    const forged = await get(`/a/${id}?k=forged`, closed);
    expect([forged.status, (await forged.text()).includes(id)]).toEqual([404, false]);
  } finally {
    await closed.close();
  }
});
