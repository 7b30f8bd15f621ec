import { once } from "node:events";
import { createServer, type IncomingMessage, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { AskedPlugin } from "../../config/plugins.ts";
import { openPlugins, type Plugins } from "../open.ts";

/** What the double answers to a path and a body. */
type Answer = (path: string, body: never) => unknown;
let answer: Answer = () => [];
const heard: { readonly path: string; readonly body: unknown; readonly key: string | undefined }[] = [];
let server: Server;
let url = "";
const open: Plugins[] = [];

async function bodyOf(request: IncomingMessage): Promise<unknown> {
  let text = "";
  for await (const piece of request) text += String(piece);
  return JSON.parse(text) as unknown;
}

beforeAll(async () => {
  server = createServer((request, response) => {
    void (async () => {
      const body = await bodyOf(request);
      const path = request.url ?? "";
      heard.push({ path, body, key: request.headers["x-key"] as string | undefined });
      const said = answer(path, body as never);
      if (said === undefined) return; // never answers
      response.statusCode = typeof said === "number" ? said : 200;
      response.end(typeof said === "string" ? said : JSON.stringify(said));
    })();
  });
  await once(server.listen(0, "127.0.0.1"), "listening");
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(async () => {
  await Promise.all(open.map((each) => each.close()));
  server.closeAllConnections();
  server.close();
});

async function opened(kind: AskedPlugin["kind"], more: object = {}, allow = ["127.0.0.1"]) {
  const plugin = {
    kind,
    name: "dlp",
    action: undefined,
    threshold: undefined,
    broken: "stop",
    timeout_ms: 5_000,
    url,
    headers: { "x-key": "k1" },
    tier: "rewrite",
    language: "en",
    ...more,
  } as AskedPlugin;
  const made = await openPlugins([plugin], allow, () => performance.now());
  open.push(made);
  const [own] = made.outsiders;
  if (own === undefined) throw new Error("none");
  return own;
}
const leaf = (text: string) => ({ text, field: { role: "result" as const, name: "note" } });

describe("Presidio", () => {
  const entity = (entity_type: string, start: number, end: number, score = 0.85) => ({
    analysis_explanation: null,
    end,
    entity_type,
    score,
    start,
  });

  test("is asked for each text; its kinds become ours, its characters units", async () => {
    answer = (_, { text }: { text: string }) =>
      text.startsWith("😀") ? [entity("PERSON", 2, 5), entity("EMAIL_ADDRESS", 6, 15, 1)] : [];
    const own = await opened("presidio");
    const looked = await own.look([leaf("😀 Ana a@b.co.uk"), leaf("nothing"), leaf(" ")]);
    expect(looked).toMatchObject({
      kind: "looked",
      sightings: [
        {
          leaf: 0,
          found: { guard: "dlp", class: "pii", kind: "person", score: 0.85, span: { from: 3, until: 6 } },
        },
        { leaf: 0, found: { kind: "email", severity: "high", span: { from: 7, until: 16 } } },
      ],
    });
    expect(heard.splice(0)).toEqual([
      { path: "/analyze", body: { text: "😀 Ana a@b.co.uk", language: "en" }, key: "k1" },
      { path: "/analyze", body: { text: "nothing", language: "en" }, key: "k1" },
    ]);
  });

  test.each([
    ["an entity outside its text", [entity("PERSON", 2, 500)], "outside its text"],
    ["an error as an object", { error: "No language" }, "no list of entities"],
    ["an error by status", 500, "it answered 500"],
    ["no JSON", "<html>", "no JSON"],
    ["nothing", undefined, "too long"],
  ])("has not looked where it answers %s", async (_, said, why) => {
    answer = () => said;
    const own = await opened("presidio", { timeout_ms: said === undefined ? 100 : 5_000 });
    const looked = await own.look([leaf("Ana")]);
    expect(looked).toEqual({ kind: "missed", why: expect.stringContaining(why) });
  });
});

describe("a program over HTTP", () => {
  const finding = { class: "secret", severity: "high", score: 0.9, from: 0, until: 3, why: "a key" };

  test("is asked once for all texts, and answers for each", async () => {
    answer = () => ({ findings: [[], [finding]] });
    const own = await opened("http", { url: `${url}/guard` });
    heard.splice(0);
    expect(await own.look([leaf("one"), leaf("two")])).toMatchObject({
      kind: "looked",
      sightings: [{ leaf: 1, found: { guard: "dlp", class: "secret", span: { from: 0, until: 3 } } }],
    });
    const texts = ["one", "two"].map((text) => ({ text, role: "result", name: "note" }));
    expect(heard.splice(0)).toEqual([{ path: "/guard", body: { texts }, key: "k1" }]);
  });

  test.each([
    ["less than all texts", { findings: [[]] }, "each text"],
    ["a finding that is none", { findings: [[], [{ ...finding, score: 7 }]] }, "a finding is none"],
    ["a place outside", { findings: [[], [{ ...finding, until: 99 }]] }, "outside its text"],
  ])("has not looked where it answers %s", async (_, said, why) => {
    answer = () => said;
    const own = await opened("http");
    expect(await own.look([leaf("one"), leaf("two")])).toEqual({
      kind: "missed",
      why: expect.stringContaining(why),
    });
  });

  test("is not reached inside where the configuration does not list it, nor where nobody listens", async () => {
    heard.splice(0);
    const barred = await opened("http", {}, []);
    expect(await barred.look([leaf("one")])).toEqual({
      kind: "missed",
      why: "it could not be asked (barred)",
    });
    expect(heard).toEqual([]);
    const nobody = await opened("http", { url: "http://127.0.0.1:1/" });
    expect(await nobody.look([leaf("one")])).toEqual({
      kind: "missed",
      why: "it could not be asked (unreachable)",
    });
  });
});
