// A gate that is killed while an approved call runs, or is about to. FAULT_ROUNDS sets how often.
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, beforeEach, expect, test } from "vitest";
import { desk } from "../../../src/approval/desk.ts";
import { approvalId, parseApprovalId } from "../../../src/call/id.ts";
import { folderWith, removeFolder, type RunningGate, startGate } from "../../gate/running.ts";
import { type Client, modern, words } from "./client.ts";
import { counting, recordsOf } from "./setting.ts";

const ROUNDS = Number(process.env["FAULT_ROUNDS"] ?? "3");
const POLICY = `
rules:
  - name: counts-are-asked
    match: { tool: count }
    ask: { approvers: [ana@example.com], within: 1h }
    why: Counting is asked for.
`;

let folder: string;
let gate: RunningGate | undefined;
beforeEach(() => {
  folder = folderWith({
    "portcullis.yaml": JSON.stringify({
      version: 1,
      policy: ["policy.yaml"],
      mcpServers: { count: counting(join("{folder}", "seen.txt")) },
    }),
    "policy.yaml": POLICY,
  });
});
afterEach(async () => {
  await gate?.stop("SIGKILL");
  removeFolder(folder);
});

function seen(id: string): number {
  const file = join(folder, "seen.txt");
  const lines = existsSync(file) ? readFileSync(file, "utf8").split("\n") : [];
  return lines.filter((line) => line === id).length;
}

/** Approves what waits, as somebody at another process would. */
async function approve(text: string): Promise<void> {
  const id = parseApprovalId(/apr_[0-9a-z]{26}/.exec(text)?.[0] ?? "");
  if (id === undefined) throw new Error(`nothing was asked: ${text}`);
  const store = await recordsOf(folder);
  const by = { id: "ana@example.com", roles: [], source: "test" };
  const decided = await desk(store, Date.now, approvalId).decide(
    "default",
    id,
    by,
    { kind: "approve", preview: "" },
    "",
  );
  await store.close();
  expect(decided.kind).toBe("done");
}

const said = async (client: Client, id: string): Promise<string> => {
  try {
    return words(await client.call("count", { id }));
  } catch {
    return "gone";
  }
};

test(`what is approved runs at most once, whenever the gate is killed and however many make the call (${ROUNDS} rounds)`, {
  timeout: 30_000 + ROUNDS * 10_000,
}, async () => {
  let ran = 0;
  for (let round = 0; round < ROUNDS; round += 1) {
    const id = `round-${round}`;
    gate = await startGate(folder);
    const client = modern(gate.url);
    await approve(await said(client, id));
    // Somewhere between the approval, its use, the call and its answer.
    const racing = Array.from({ length: 4 }, () => said(client, id));
    await sleep(Math.random() * 30);
    await gate.stop("SIGKILL");
    const first = await Promise.all(racing);

    gate = await startGate(folder);
    const again = modern(gate.url);
    const second = await Promise.all(Array.from({ length: 4 }, () => said(again, id)));
    const answered = [...first, ...second].filter((text) => text === `counted ${id}`).length;
    await gate.stop("SIGKILL");
    expect(answered).toBeLessThanOrEqual(1);
    expect(seen(id)).toBeLessThanOrEqual(1);
    expect(seen(id)).toBeGreaterThanOrEqual(answered);
    ran += seen(id);
    // Whoever was not the one is told that it waits for people, and never that it ran.
    const others = [...first, ...second].filter((text) => text !== `counted ${id}` && text !== "gone");
    expect(others.filter((text) => !text.startsWith("WAITING FOR APPROVAL"))).toEqual([]);
  }
  expect(ran).toBeGreaterThan(0);
});
