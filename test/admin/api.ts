import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import type { Principal } from "../../src/call/principal.ts";
import { DEFAULT_RESOURCE_ARGS } from "../../src/config/config.ts";
import { loadConfig } from "../../src/config/load.ts";
import { readingOf } from "../../src/config/policy-reading.ts";
import type { Gate } from "../../src/gateway/gate.ts";
import { ANONYMOUS } from "../../src/identity/local.ts";
import { governanceDoor } from "../../src/admin/door.ts";
import type { GovernanceParts } from "../../src/admin/parts.ts";
import { construct, type Running } from "../../src/main.ts";
import { compile } from "../../src/policy/compile.ts";
import { openLog } from "../../src/telemetry/log.ts";
import { folderWith, removeFolder } from "../gate/running.ts";

export interface Api {
  readonly url: string;
  readonly running: Running;
  readonly gate: Gate;
  /** Who is asking from now on. */
  credential: Principal;
  draining: boolean;
  readonly post: (
    path: string,
    body: unknown,
    headers?: Readonly<Record<string, string>>,
  ) => Promise<Response>;
  readonly authorize: (question: object) => Promise<Record<string, unknown>>;
  readonly close: () => Promise<void>;
}

export interface Given {
  readonly policy?: object;
  readonly servers?: readonly string[];
  readonly mode?: "enforce" | "observe";
  /** The URL of a store; absent: a file of this API's own. */
  readonly store?: string;
  /** How the log over the record is kept. */
  readonly log?: object;
  readonly gate?: (gate: Gate) => Gate;
  /** What else the API stands on. */
  readonly parts?: (running: Running) => Promise<Partial<GovernanceParts>>;
}

/** The API over a gate of this process, whose servers are never reached. */
export async function openApi({
  policy = { rules: [] },
  servers = ["files"],
  mode = "enforce",
  store,
  log,
  gate: change,
  parts,
}: Given = {}): Promise<Api> {
  const folder = folderWith({
    "portcullis.yaml": JSON.stringify({
      mode,
      ...(store !== undefined && { store }),
      ...(log !== undefined && { log }),
      policy: "policy.yaml",
      mcpServers: Object.fromEntries(servers.map((name) => [name, { command: "false" }])),
      limits: { body_bytes: 64 * 1024 },
    }),
    "policy.yaml": "rules: []",
  });
  const { config } = loadConfig({ file: `${folder}/portcullis.yaml`, env: {} });
  const reading = { resourceArgs: () => DEFAULT_RESOURCE_ARGS, root: folder };
  const running = await construct({
    config,
    policy: compile([{ file: "policy", text: JSON.stringify(policy) }], reading),
    log: openLog("fatal"),
    version: "0.0.0-test",
  });
  const gate = change === undefined ? running.gate : change(running.gate);
  const door = await governanceDoor({
    gate,
    store: running.store,
    door: config,
    isTenant: (tenant) => tenant === "default",
    reading: readingOf(config),
    ...(await parts?.(running)),
  });
  const server = createServer((request, response) => {
    void door(request, response, { draining: api.draining, identify: () => api.credential });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/governance/v1`;
  const api: Api = {
    url,
    running,
    gate,
    credential: ANONYMOUS,
    draining: false,
    post: (path, body, headers = {}) =>
      fetch(`${url}${path}`, {
        method: "POST",
        headers: { "content-type": "application/json", ...headers },
        body: typeof body === "string" ? body : JSON.stringify(body),
      }),
    async authorize(question) {
      const response = await api.post("/authorize", { tenant_id: "default", ...question });
      return (await response.json()) as Record<string, unknown>;
    },
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      await running.close();
      removeFolder(folder);
    },
  };
  return api;
}
