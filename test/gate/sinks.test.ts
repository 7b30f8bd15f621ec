import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test, vi } from "vitest";
import { removeFolder, folderWith, startGate } from "./running.ts";

interface Health {
  readonly sinks: Readonly<
    Record<string, { readonly state: string; readonly sent: number; readonly why: string }>
  >;
}

test("a gate lets its records go to its sinks, and says how they are", async () => {
  const folder = folderWith({
    "portcullis.yaml": JSON.stringify({
      policy: "policy.yaml",
      mcpServers: { files: { command: "false" } },
      sinks: {
        trail: { type: "file", path: "trails/audit.log", form: "atom", from: "beginning" },
        siem: { type: "syslog", url: "tls://127.0.0.1:1", from: "beginning" },
      },
    }),
    "policy.yaml": "rules: []",
  });
  const gate = await startGate(folder);
  try {
    const origin = new URL(gate.url).origin;
    const asked = await fetch(`${origin}/governance/v1/authorize`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({
        tenant_id: "default",
        resource_id: "files/read_file",
        operation: "tools/call",
        consume: true,
      }),
    });
    expect(asked.status).toBe(200);
    const trail = join(folder, "trails", "audit.log");
    const health = async () => (await (await fetch(`${origin}/health/detailed`)).json()) as Health;
    await vi.waitFor(() => expect(existsSync(trail) && readFileSync(trail, "utf8")).toContain("ATOM-"), {
      timeout: 15_000,
      interval: 50,
    });
    await vi.waitFor(
      async () => {
        const { sinks } = await health();
        expect(sinks["trail"]).toMatchObject({ state: "even", why: "" });
        // What is inside is not listed under `outbound.allow`.
        expect(sinks["siem"]).toMatchObject({ state: "failing", sent: 0 });
        expect(sinks["siem"]?.why).toMatch(/127\.0\.0\.1 is inside/);
      },
      { timeout: 15_000, interval: 50 },
    );
  } finally {
    expect(await gate.stop()).toBe(0);
    removeFolder(folder);
  }
});
