import { resolve } from "node:path";
import { folderWith, portcullis, type RunningGate } from "../gate/running.ts";

const SERVER = { command: process.execPath, args: [resolve("test/tenants/env-server.ts")] };

/** Tenants `acme` and `globex` of which each has a server of its own beside `common`, with policies and environments that differ. */
export function tenantsFolder(store?: string): string {
  return folderWith({
    "portcullis.yaml": JSON.stringify({
      version: 1,
      policy: ["policy.yaml"],
      ...(store !== undefined && { store }),
      auth: { mode: "required", api_keys: true },
      mcpServers: {
        common: { ...SERVER, env: { PLAIN: "for all" } },
        "acme-only": { ...SERVER, env: { SERVER_NAME: "acme's" } },
        "globex-only": { ...SERVER, env: { SERVER_NAME: "globex's" } },
      },
      tenants: {
        acme: {
          servers: ["common", "acme-only"],
          env: { common: { SECRET: "of acme" } },
        },
        globex: {
          servers: ["common", "globex-only"],
          env: { common: { SECRET: "of globex" } },
          policy: "globex.yaml",
        },
      },
    }),
    "policy.yaml": "defaults: { verdict: allow }\nrules: []\n",
    "globex.yaml": JSON.stringify({
      defaults: { verdict: "allow" },
      rules: [{ name: "no-ping", match: { tool: "ping" }, deny: true, why: "Not at Globex.", when: "true" }],
    }),
  });
}

export interface Key {
  readonly id: string;
  readonly bearer: string;
}

/** A key, as the command line gives it. */
export async function keyOf(
  folder: string,
  tenant: string,
  principal: string,
  ...words: readonly string[]
): Promise<Key> {
  const command = ["keys", "create", "--principal", principal, "--tenant", tenant, "--json", ...words];
  const { out, err } = await portcullis(command, folder);
  if (out === "") throw new Error(err);
  const { id, key } = JSON.parse(out) as { id: string; key: string };
  return { id, bearer: `Bearer ${key}` };
}

const ACCEPT = { accept: "application/json, text/event-stream" };
const JSON_TYPE = { "content-type": "application/json" };

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  /** The JSON-RPC message, or the problem, that answers. */
  readonly body: unknown;
}

/** The message of an answer, whether it came alone or as the last event of a stream. */
async function bodyOf(response: Response): Promise<unknown> {
  const text = await response.text();
  if (!(response.headers.get("content-type") ?? "").startsWith("text/event-stream"))
    return text !== "" && /^application\/(?:[a-z.]+\+)?json/.test(response.headers.get("content-type") ?? "")
      ? JSON.parse(text)
      : text;
  const last = text.split("\n").findLast((line) => line.startsWith("data: {"));
  return last === undefined ? undefined : JSON.parse(last.slice(6));
}

/** One request to a running gate. `path` is beside `/mcp`. */
export async function send(
  gate: Pick<RunningGate, "url">,
  bearer: string,
  path: string,
  method: string,
  body?: unknown,
  more: Readonly<Record<string, string>> = {},
): Promise<Answer> {
  const response = await fetch(new URL(path, gate.url), {
    method,
    headers: { ...ACCEPT, ...(body !== undefined && JSON_TYPE), authorization: bearer, ...more },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  return { status: response.status, headers: response.headers, body: await bodyOf(response) };
}

export const META = {
  "io.modelcontextprotocol/protocolVersion": "2026-07-28",
  "io.modelcontextprotocol/clientInfo": { name: "t", version: "1" },
  "io.modelcontextprotocol/clientCapabilities": {},
};

/** One request of 2026-07-28. */
export function ask(
  gate: Pick<RunningGate, "url">,
  bearer: string,
  method: string,
  params: object = {},
  path = "/mcp",
): Promise<Answer> {
  const { name: called, uri, taskId } = params as Readonly<Record<string, unknown>>;
  const name = /^(?:tools|prompts)\//.test(method) ? called : method.startsWith("tasks/") ? taskId : uri;
  return send(
    gate,
    bearer,
    path,
    "POST",
    { jsonrpc: "2.0", id: 1, method, params: { ...params, _meta: META } },
    {
      "mcp-protocol-version": "2026-07-28",
      "mcp-method": method,
      ...(typeof name === "string" && { "mcp-name": name }),
    },
  );
}

/** The text that a tool gave. */
export function textOf({ body }: Answer): string {
  const { result } = body as { result?: { content?: readonly { text?: string }[] } };
  return result?.content?.[0]?.text ?? JSON.stringify(body);
}
