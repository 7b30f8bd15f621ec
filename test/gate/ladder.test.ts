// How a held call waits, by what its client declares, with real clients of both eras; people decide in the store meanwhile.
import { join, resolve } from "node:path";
import { Client as NewClient, StreamableHTTPClientTransport as NewHttp } from "@modelcontextprotocol/client";
import { createTaskSessionFromClient } from "@modelcontextprotocol/ext-tasks/client";
import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { StdioClientTransport } from "@modelcontextprotocol/sdk/client/stdio.js";
import { StreamableHTTPClientTransport } from "@modelcontextprotocol/sdk/client/streamableHttp.js";
import type { Transport } from "@modelcontextprotocol/sdk/shared/transport.js";
import { ElicitRequestSchema } from "@modelcontextprotocol/sdk/types.js";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Desk, desk } from "../../src/approval/desk.ts";
import { previewOf } from "../../src/approval/preview.ts";
import { standingOf } from "../../src/approval/state.ts";
import { approvalId, parseApprovalId } from "../../src/call/id.ts";
import { loadRecords } from "../../src/config/load.ts";
import { openRecords } from "../../src/privacy/open.ts";
import type { Store } from "../../src/store/store.ts";
import { modernClient } from "./http-client.ts";
import { folderWith, removeFolder, type RunningGate, startGate } from "./running.ts";

const everything = resolve("node_modules/@modelcontextprotocol/server-everything/dist/index.js");
const POLICY = `
defaults: { verdict: allow }
rules:
  - name: echoes-ask
    match: { tool: echo }
    ask: { approvers: [ana@example.com], within: 1h }
    why: Echoes are loud.
`;

let folder: string;
let gate: RunningGate;
let store: Store;
let people: Desk;
beforeAll(async () => {
  folder = folderWith({
    "portcullis.yaml": JSON.stringify({
      version: 1,
      policy: ["policy.yaml"],
      mcpServers: { everything: { command: process.execPath, args: [everything, "stdio"] } },
    }),
    "policy.yaml": POLICY,
  });
  gate = await startGate(folder);
  store = await openRecords(loadRecords({ file: join(folder, "portcullis.yaml") }));
  people = desk(store, Date.now, approvalId);
});
afterAll(async () => {
  await store.close();
  expect(await gate.stop()).toBe(0);
  removeFolder(folder);
});

const ANA = { id: "ana@example.com", roles: [], source: "asserted" };

/** What Ana does with the question that a text names. */
async function decide(text: string, deed: "approve" | "deny"): Promise<void> {
  const id = parseApprovalId(/apr_[0-9a-z]{26}/.exec(text)?.[0] ?? "");
  const asked = id === undefined ? undefined : await people.get("default", id);
  if (id === undefined || asked === undefined) throw new Error(`no question in: ${text}`);
  const vote =
    deed === "deny"
      ? ({ kind: deed } as const)
      : ({ kind: deed, preview: previewOf(asked.question).digest } as const);
  const { kind } = await people.decide("default", id, ANA, vote, "not today");
  expect(kind).toBe("done");
}
async function stateOf(text: string): Promise<string> {
  const id = parseApprovalId(/apr_[0-9a-z]{26}/.exec(text)?.[0] ?? "");
  const asked = id === undefined ? undefined : await people.get("default", id);
  return asked === undefined ? "none" : standingOf(asked, Date.now()).state;
}

interface Told {
  readonly text: string;
  readonly error: boolean;
}
function toldBy(result: unknown): Told {
  const { content, isError } = result as { content: readonly { text?: string }[]; isError?: boolean };
  return { text: content[0]?.text ?? "", error: isError === true };
}
const echo = (message: string) => ({ name: "echo", arguments: { message } });

/** What a user does with a form that is shown to them. */
type User = (message: string, signal: AbortSignal) => Promise<"accept" | "decline" | "cancel">;

const overHttp = () => new StreamableHTTPClientTransport(new URL(gate.url));
const overPipe = () =>
  new StdioClientTransport({
    command: process.execPath,
    args: [resolve("src/cli/cli.ts"), "proxy", "--server", "everything"],
    cwd: folder,
    stderr: "ignore",
  });

async function legacy(user: User | undefined, transport: () => Transport = overHttp): Promise<Client> {
  const capabilities = user === undefined ? {} : { elicitation: {} };
  const client = new Client({ name: "ladder", version: "1" }, { capabilities });
  if (user !== undefined)
    client.setRequestHandler(ElicitRequestSchema, async ({ params }, { signal }) => {
      expect("requestedSchema" in params && params.requestedSchema.properties).toEqual({});
      return { action: await user(params.message, signal), content: {} };
    });
  await client.connect(transport());
  return client;
}

describe("a client of 2025 that hears of progress", () => {
  test("is held, told what it waits for, and gets the answer once people approve", async () => {
    const client = await legacy(undefined);
    const heard: string[] = [];
    const asking = client.callTool(echo("progress"), undefined, {
      onprogress: ({ message = "" }) => heard.push(message),
    });
    await expect
      .poll(() => heard[0])
      .toMatch(/^Waiting for people to approve apr_\w{26}: rule echoes-ask\.$/);
    await decide(heard[0] ?? "", "approve");
    expect(toldBy(await asking)).toEqual({ text: "Echo: progress", error: false });
    expect(await stateOf(heard[0] ?? "")).toBe("used");
    await client.close();
  });

  test("is refused where they deny, and takes its call back whenever it likes", async () => {
    const client = await legacy(undefined);
    const heard: string[] = [];
    const onprogress = ({ message = "" }): void => void heard.push(message);
    const asking = client.callTool(echo("no"), undefined, { onprogress });
    await expect.poll(() => heard.length).toBe(1);
    await decide(heard[0] ?? "", "deny");
    expect(toldBy(await asking).text).toMatch(/^BLOCKED because it was not approved[\s\S]*not today/);

    const gone = new AbortController();
    const left = client.callTool(echo("gone"), undefined, { onprogress, signal: gone.signal });
    await expect.poll(() => heard.length).toBe(2);
    gone.abort();
    await expect(left).rejects.toThrow(/abort/i);
    await decide(heard[1] ?? "", "approve");
    // It is not run for nobody; who asks again has it.
    expect(await stateOf(heard[1] ?? "")).toBe("approved");
    expect(toldBy(await client.callTool(echo("gone"))).text).toBe("Echo: gone");
    await client.close();
  });
});

describe.each([
  ["HTTP", overHttp],
  ["a pipe", overPipe],
])("a client of 2025 that shows forms, over %s", (way, transport) => {
  test("is asked in the middle of its call, and what the user says is never the approval", async () => {
    const shown: string[] = [];
    let user: User = () => Promise.resolve("accept");
    const client = await legacy((message, signal) => {
      shown.push(message);
      return user(message, signal);
    }, transport);
    const call = async (what: string): Promise<Told> =>
      toldBy(await client.callTool(echo(`${what} over ${way}`)));

    const waits = await call("accepted");
    expect(waits.text).toMatch(/^WAITING FOR APPROVAL/);
    expect(shown[0]).toContain("everything.echo has to be approved by other people before it runs (apr_");
    expect(shown[0]).toContain("Why: Echoes are loud.");
    expect(await stateOf(shown[0] ?? "")).toBe("pending");

    user = async (message) => {
      await decide(message, "approve");
      return "accept";
    };
    expect(await call("accepted")).toEqual({ text: `Echo: accepted over ${way}`, error: false });

    user = () => Promise.resolve("cancel");
    expect((await call("closed")).text).toMatch(/^WAITING FOR APPROVAL/);
    expect(await stateOf(shown[2] ?? "")).toBe("pending");

    user = () => Promise.resolve("decline");
    expect((await call("declined")).text).toMatch(
      /^BLOCKED because it was not approved[\s\S]*took the question back/,
    );
    expect(await stateOf(shown[3] ?? "")).toBe("void");

    const taken = Promise.withResolvers<"cancel">();
    user = async (message, signal) => {
      signal.addEventListener("abort", () => taken.resolve("cancel"));
      await decide(message, "approve");
      return taken.promise;
    };
    expect((await call("unanswered")).text).toBe(`Echo: unanswered over ${way}`);
    await taken.promise;
    await client.close();
  });
});

test("a client of 2025 that opens pages is sent to the question's own in the middle of its call", async () => {
  const pages: string[] = [];
  const client = new Client({ name: "ladder", version: "1" }, { capabilities: { elicitation: { url: {} } } });
  client.setRequestHandler(ElicitRequestSchema, async ({ params }) => {
    if (params.mode !== "url") throw new Error(`a form: ${params.message}`);
    pages.push(await (await fetch(params.url)).text());
    await decide(params.message, "approve");
    return { action: "accept" };
  });
  await client.connect(overHttp());
  expect(toldBy(await client.callTool(echo("old page")))).toEqual({ text: "Echo: old page", error: false });
  expect(pages[0]).toMatch(/Echoes are loud/);
  expect(pages[0]).not.toMatch(/value="approve"/);
  await client.close();
});

/** A client of 2026-07-28 whose user does this with what is shown to them. */
async function modern(
  elicitation: { form?: Record<string, never>; url?: Record<string, never> },
  user: (shown: { message: string; url?: string }) => Promise<"accept" | "decline" | "cancel">,
): Promise<NewClient> {
  const client = new NewClient(
    { name: "ladder", version: "2" },
    { capabilities: { elicitation }, versionNegotiation: { mode: { pin: "2026-07-28" } } },
  );
  client.setRequestHandler("elicitation/create", async ({ params }) => {
    const url = params.mode === "url" ? { url: params.url } : {};
    return { action: await user({ message: params.message, ...url }), content: {} };
  });
  await client.connect(new NewHttp(new URL(gate.url)));
  return client;
}

test("a client of 2026-07-28 that opens pages is sent to the question's own, which cannot approve it", async () => {
  const pages: string[] = [];
  const client = await modern({ form: {}, url: {} }, async ({ url = "", message }) => {
    const page = await fetch(url);
    pages.push(`${page.status} ${await page.text()}`);
    await decide(message, "approve");
    return "accept";
  });
  expect(toldBy(await client.callTool(echo("page")))).toEqual({ text: "Echo: page", error: false });
  expect(pages[0]).toMatch(/^200 [\s\S]*Echoes are loud/);
  expect(pages[0]).not.toMatch(/value="approve"/);
  await client.close();
});

describe("a client of 2026-07-28 that shows forms", () => {
  test("is sent to its user, comes back, and runs what was approved meanwhile", async () => {
    const shown: string[] = [];
    let user: User = () => Promise.resolve("decline");
    const client = await modern({}, ({ message }) => {
      shown.push(message);
      return user(message, new AbortController().signal);
    });

    expect(toldBy(await client.callTool(echo("declined"))).text).toMatch(/took the question back/);
    expect(await stateOf(shown[0] ?? "")).toBe("void");
    user = async (message) => {
      await decide(message, "approve");
      return "accept";
    };
    expect(toldBy(await client.callTool(echo("approved")))).toEqual({ text: "Echo: approved", error: false });
    expect(await stateOf(shown[1] ?? "")).toBe("used");
    user = () => Promise.resolve("cancel");
    expect(toldBy(await client.callTool(echo("closed"))).text).toMatch(/^WAITING FOR APPROVAL/);
    expect(await stateOf(shown[2] ?? "")).toBe("pending");
    user = async (message) => {
      await decide(message, "deny");
      return "accept";
    };
    expect(toldBy(await client.callTool(echo("denied"))).text).toMatch(
      /^BLOCKED because it was not approved/,
    );
    await client.close();
  });

  test("comes back with its state once, with the same call, unaltered", async () => {
    const client = modernClient(gate.url, {}, { elicitation: { form: {} } });
    const asked = JSON.parse((await client("tools/call", echo("state"))).text) as {
      result: { resultType: string; requestState: string; inputRequests: object };
    };
    const { requestState, inputRequests, resultType } = asked.result;
    expect(resultType).toBe("input_required");
    const [key = ""] = Object.keys(inputRequests);
    const back = (state: string, action: string, message = "state") =>
      client("tools/call", {
        ...echo(message),
        requestState: state,
        inputResponses: { [key]: { action, content: {} } },
      });
    const wrong = [
      await back(requestState, "accept", "another"),
      await back(
        requestState.replace(/.(?=.{9}$)/, (one) => (one === "A" ? "B" : "A")),
        "accept",
      ),
      await back(`portcullis.${"A".repeat(40_000)}`, "accept"),
    ];
    for (const { status, text } of wrong)
      expect([status, text]).toEqual([400, expect.stringContaining("-32602")]);
    await decide(JSON.stringify(inputRequests), "approve");
    expect((await back(requestState, "accept")).text).toContain("Echo: state");
    const again = await back(requestState, "accept");
    expect([again.status, again.text]).toEqual([400, expect.stringContaining("it was used")]);
  });
});

describe("a client of 2026-07-28 that has tasks", () => {
  const client = () => modernClient(gate.url, { "io.modelcontextprotocol/tasks": {} });
  interface Task {
    readonly taskId: string;
    readonly resultType: string;
    readonly status: string;
    readonly statusMessage?: string;
    readonly pollIntervalMs: number;
    readonly result?: unknown;
  }
  const resultOf = ({ text }: { readonly text: string }): Task =>
    (JSON.parse(text) as { result: Task }).result;
  async function begun(message: string): Promise<Task> {
    const task = resultOf(await client()("tools/call", echo(message)));
    expect(task).toMatchObject({ resultType: "task", status: "working", pollIntervalMs: 5000 });
    return task;
  }
  const get = async ({ taskId }: Task): Promise<Task> => resultOf(await client()("tasks/get", { taskId }));

  test("gets one, whose result is there when people approved", async () => {
    const task = await begun("task");
    expect(await get(task)).toMatchObject({ resultType: "complete", status: "working" });
    await decide(task.statusMessage ?? "", "approve");
    await expect.poll(async () => (await get(task)).status).toBe("completed");
    expect(toldBy((await get(task)).result)).toEqual({ text: "Echo: task", error: false });
  });

  test("that know the extension by its own library find it declared, and get the result by themselves", async () => {
    const known = await modern({}, () => Promise.resolve("cancel"));
    const wire = client();
    const session = createTaskSessionFromClient(known, {
      endpointId: "gate",
      rawDispatch: async (request) => {
        const { method, params } = request as unknown as { method: string; params: Record<string, unknown> };
        return JSON.parse((await wire(method, params)).text) as never;
      },
      v2RequestFraming: {
        protocolVersion: "2026-07-28",
        clientInfo: { name: "ladder", version: "2" },
        clientCapabilities: {},
      },
    });
    const execution = await session.callTool("echo", { message: "by the library" });
    const asked = (await people.list("default", { open: Date.now(), target: "echo", limit: 1 }))[0];
    await decide(asked?.question.id ?? "", "approve");
    const { outcome } = await execution.settle();
    expect(outcome.status === "completed" && toldBy(outcome.result)).toEqual({
      text: "Echo: by the library",
      error: false,
    });
    await session.close();
    await known.close();
  });

  test("is refused in it where they deny, and takes the question back with it", async () => {
    const [denied, cancelled] = [await begun("denied task"), await begun("cancelled task")];
    await decide(denied.statusMessage ?? "", "deny");
    expect((await client()("tasks/cancel", { taskId: cancelled.taskId })).status).toBe(200);
    expect((await get(cancelled)).status).toBe("cancelled");
    expect(await stateOf(cancelled.statusMessage ?? "")).toBe("void");
    await expect.poll(async () => (await get(denied)).status).toBe("completed");
    expect(toldBy((await get(denied)).result).text).toMatch(/^BLOCKED because it was not approved/);
  });
});

test("everybody else is told at once", async () => {
  const { text } = await modernClient(gate.url)("tools/call", echo("at once"));
  expect(text).toContain("WAITING FOR APPROVAL apr_");
});
