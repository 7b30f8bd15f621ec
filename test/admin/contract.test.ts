import { request as send } from "node:http";
import { Ajv2020 } from "ajv/dist/2020.js";
import addFormats from "ajv-formats";
import { afterAll, beforeAll, expect, test } from "vitest";
import { PROBLEMS } from "../../src/admin/problem.ts";
import { type Api, openApi } from "./api.ts";

interface Described {
  readonly content?: Readonly<Record<string, { readonly schema: object }>>;
}
interface Operation {
  readonly responses: Readonly<Record<string, Described>>;
  readonly requestBody?: object;
}
interface Description {
  readonly openapi: string;
  readonly components: object;
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
}

let api: Api;
let description: Description;
beforeAll(async () => {
  api = await openApi({
    policy: {
      rules: [
        { name: "read", match: { server: "files" }, allow: true },
        {
          name: "asked",
          match: { tool: "pay" },
          ask: { approvers: ["cto@company.com"], within: "1h" },
          why: "Money.",
        },
        { name: "never", match: { server: "files", resource: "/secret/*" }, deny: true, why: "Secret." },
      ],
    },
  });
  description = (await (await fetch(`${api.url}/openapi.json`)).json()) as Description;
});
afterAll(() => api.close());

const ROOT = "/governance/v1";
const question = { tenant_id: "default", resource_id: "files/read_file", operation: "tools/call" };
const NOBODY = "apr_01m7zkkn9vf2h91kh7amepc1kr";

/** What each route may be sent when all is well. */
const BODIES: Readonly<Record<string, unknown>> = {
  "/authorize": question,
  "/authorize/batch": { items: [question, {}] },
  "/validate": { policy: { rules: [] } },
  "/approvals/{id}/approve": { approver: "cto@company.com" },
  "/approvals/{id}/deny": { approver: "cto@company.com" },
  "/approvals/{id}/delegate": { approver: "cto@company.com", to: "cfo@company.com" },
};
/** Headers and bodies with which anything may go wrong. */
const TWISTS: readonly { readonly body?: unknown; readonly headers?: Readonly<Record<string, string>> }[] = [
  {},
  { body: "{" },
  { body: "[]" },
  { body: '{"a":1,"a":2}' },
  { body: JSON.stringify({ items: Array(200).fill("x"), filler: "x".repeat(70_000) }) },
  { headers: { "content-type": "text/plain" } },
  { headers: { origin: "https://evil.example" } },
  { headers: { host: "evil.example" } },
  { headers: { "sec-fetch-site": "cross-site" } },
  { headers: { "sec-fetch-site": "same-site", origin: "http://localhost:3000" } },
  { headers: { "idempotency-key": "one" } },
  { headers: { "idempotency-key": "one" }, body: JSON.stringify({ other: true }) },
  { headers: { "idempotency-key": "\u00e9".repeat(300) } },
  { headers: { "if-match": '"old"' } },
];

interface Reply {
  readonly status: number;
  readonly type: string;
  readonly text: string;
  readonly headers: Readonly<Record<string, unknown>>;
}

/** `fetch` does not let a test choose `Host` and what a browser sends. */
function ask(
  method: string,
  path: string,
  headers: Readonly<Record<string, string>>,
  body?: string,
): Promise<Reply> {
  return new Promise((resolve, reject) => {
    const sent = send(new URL(api.url).origin + path, { method, headers, agent: false }, (response) => {
      const chunks: Buffer[] = [];
      response.on("data", (chunk: Buffer) => chunks.push(chunk));
      response.on("end", () =>
        resolve({
          status: response.statusCode ?? 0,
          type: (response.headers["content-type"] ?? "").split(";", 1)[0] ?? "",
          text: Buffer.concat(chunks).toString("utf8"),
          headers: response.headers,
        }),
      );
    });
    sent.on("error", reject);
    sent.end(body);
  });
}

const ajv = new Ajv2020({ strict: false, allErrors: true });
addFormats.default(ajv);

/** Holds an answer against what is written of it. */
function holdAgainst(operation: Operation, { status, type, text }: Reply, what: string): void {
  const described = operation.responses[String(status)];
  expect(described, `${what} answers ${status}, which is not described: ${text}`).toBeDefined();
  const schema = described?.content?.[type]?.schema;
  if (text === "") return;
  expect(schema, `${what} answers ${status} ${type}, which is not described`).toBeDefined();
  if (schema === undefined) return;
  const { components } = description;
  // What is no JSON is a text.
  const said: unknown = /^application\/(?:.+\+)?json$/.test(type) ? JSON.parse(text) : text;
  const valid = ajv.validate({ ...schema, components }, said);
  expect(valid, `${what}, ${status}: ${ajv.errorsText()} in ${text}`).toBe(true);
}

function operations(): readonly (readonly [path: string, method: string, operation: Operation])[] {
  return Object.entries(description.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => [path, method, operation] as const),
  );
}

test("the description is OpenAPI 3.1, and has every problem that there is", () => {
  expect(description.openapi).toBe("3.1.0");
  const text = JSON.stringify(description);
  // What has no route has no description either.
  const codes = Object.keys(PROBLEMS).filter((code) => code !== "wrong-method");
  for (const code of codes) expect(text).toContain(`\`${code}\``);
  const ids = operations().map(([, , operation]) => (operation as { operationId?: string }).operationId);
  const named = ids.filter((id) => id !== undefined);
  expect(new Set(named).size).toBe(named.length);
});

test("no route answers what is not described, whatever it is sent", { timeout: 120_000 }, async () => {
  const asked = await api.authorize({
    resource_id: "files/pay",
    operation: "tools/call",
    principal: "bo",
    consume: true,
  });
  const [{ approval_id: id }] = asked["obligations"] as [{ approval_id: string }];
  const seen = new Set<string>();
  for (const [path, method, operation] of operations()) {
    const template = path.slice(ROOT.length);
    const paths = template.includes("{id}")
      ? [template.replace("{id}", id), template.replace("{id}", NOBODY), template.replace("{id}", "x")]
      : template.includes("{code}")
        ? [template.replace("{code}", "refused"), template.replace("{code}", "nothing")]
        : template.includes("*")
          ? [
              "/ext_authz/files/a",
              "/ext_authz/files/secret/a",
              "/ext_authz/mcp",
              "/ext_authz/files/../x",
              "/ext_authz",
            ]
          : [
              template,
              ...(template === "/approvals" ? [`${template}?limit=0`, `${template}?state=all&limit=1`] : []),
            ];
    for (const one of paths)
      for (const { body = BODIES[template], headers = {} } of TWISTS) {
        if (!["post", "put", "patch"].includes(method) && typeof body === "string") continue;
        const text = typeof body === "string" || body === undefined ? body : JSON.stringify(body);
        const type = text === undefined ? {} : { "content-type": "application/json" };
        const reply = await ask(method.toUpperCase(), `${ROOT}${one}`, { ...type, ...headers }, text);
        if (one === "/ext_authz" || reply.status === 0) continue;
        holdAgainst(
          operation,
          reply,
          `${method} ${one} ${JSON.stringify(headers)} ${(text ?? "").slice(0, 80)}`,
        );
        expect(
          reply.headers["x-content-type-options"],
          `${method} ${one} ${JSON.stringify(headers)} ${reply.status} ${reply.text}`,
        ).toBe("nosniff");
        expect(reply.headers["content-security-policy"]).toContain("default-src 'none'");
        expect(reply.headers["x-request-id"]).toBeDefined();
        if (reply.status >= 400 && method !== "head") {
          expect(reply.type).toBe("application/problem+json");
          const { status, code, request_id } = JSON.parse(reply.text) as Record<string, unknown>;
          expect({ status, request_id }).toEqual({
            status: reply.status,
            request_id: reply.headers["x-request-id"],
          });
          seen.add(String(code));
        }
      }
  }
  expect([...seen]).toEqual(
    expect.arrayContaining([
      "malformed-body",
      "invalid-request",
      "wrong-host",
      "wrong-origin",
      "too-large",
      "wrong-media-type",
      "key-reused",
      "not-found",
      "changed-meanwhile",
      "refused",
      "unjudgeable",
    ]),
  );
});

test("what is sent to no route is a problem too", async () => {
  for (const [method, path, status, code] of [
    ["GET", "/nowhere", 404, "not-found"],
    ["GET", "/authorize", 405, "wrong-method"],
    ["DELETE", `/approvals/${NOBODY}`, 405, "wrong-method"],
    ["GET", "/%zz", 404, "not-found"],
    ["GET", `/problems/${"x".repeat(5000)}`, 404, "not-found"],
  ] as const) {
    const reply = await ask(method, `${ROOT}${path}`, {});
    expect([reply.status, reply.type]).toEqual([status, "application/problem+json"]);
    expect(JSON.parse(reply.text)).toMatchObject({ status, code });
    expect(reply.headers["x-frame-options"]).toBe("DENY");
    if (status === 405) expect(reply.headers["allow"]).toMatch(/POST|GET/);
  }
});

test("the type of a problem is a page that explains it", async () => {
  const reply = await ask("GET", "/governance/v1/nowhere", {});
  const { type, help } = JSON.parse(reply.text) as { type: string; help: string };
  expect(JSON.parse((await ask("GET", type, {})).text)).toMatchObject({
    code: "not-found",
    status: 404,
    help,
  });
});

test("request ids and traces are kept where they are well-formed", async () => {
  const trace = "4bf92f3577b34da6a3ce929d0e0e4736";
  const headers = { "x-request-id": "mine-1", traceparent: `00-${trace}-00f067aa0ba902b7-01` };
  const reply = await ask("GET", `${ROOT}/nowhere`, headers);
  expect(reply.headers["x-request-id"]).toBe("mine-1");
  expect(JSON.parse(reply.text)).toMatchObject({ request_id: "mine-1", trace_id: trace });
  const odd = await ask("GET", `${ROOT}/nowhere`, { "x-request-id": "a b<script>", traceparent: "nonsense" });
  expect(odd.headers["x-request-id"]).toMatch(/^req_/);
  expect(JSON.parse(odd.text)).not.toHaveProperty("trace_id");
});

test("the description has an ETag", async () => {
  const first = await ask("GET", `${ROOT}/openapi.json`, {});
  const etag = String(first.headers["etag"]);
  expect((await ask("GET", `${ROOT}/openapi.json`, { "if-none-match": etag })).status).toBe(304);
});

test("a gate that shuts down takes nothing new", async () => {
  api.draining = true;
  try {
    const reply = await ask(
      "POST",
      `${ROOT}/authorize`,
      { "content-type": "application/json" },
      JSON.stringify(question),
    );
    expect([reply.status, reply.headers["retry-after"], reply.headers["connection"]]).toEqual([
      503,
      "1",
      "close",
    ]);
  } finally {
    api.draining = false;
  }
});

test("a body that is too large is not read to its end, and the connection is closed", async () => {
  const big = JSON.stringify({ ...question, args: { text: "x".repeat(100_000) } });
  const reply = await ask("POST", `${ROOT}/authorize`, { "content-type": "application/json" }, big);
  expect([reply.status, reply.headers["connection"]]).toEqual([413, "close"]);
});
