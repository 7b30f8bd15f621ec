import { describe, expect, test } from "vitest";
import type { Ending, Leg } from "../../upstream/leg.ts";
import { type Frame, frameOf } from "../../wire/frame.ts";
import { type Conversation, converse } from "../conversation.ts";
import type { Gate } from "../gate.ts";
import { Catalogue } from "./catalogue.ts";
import { wholeList } from "./lists.ts";

interface Stage {
  readonly gate: Gate;
  readonly conversation: Conversation;
  readonly logged: string[];
  asked: number;
}

/** A gate before one server that answers every page as it is told. */
function stage(answer: (page: number, signal: AbortSignal) => Promise<Frame>): Stage {
  const logged: string[] = [];
  const gate = {
    mode: "observe",
    catalogue: new Catalogue(() => 0),
    servers: new Map([["one", undefined]]),
    log: { warn: (_: unknown, said: string) => void logged.push(said) },
  } as unknown as Gate;
  const principal = { id: "ana", tenant: "default", roles: [], scopes: [], source: "anonymous" } as const;
  const conversation = converse({ key: "k", principal, era: "legacy", address: {} as never });
  const here: Stage = { gate, conversation, logged, asked: 0 };
  const leg = {
    alive: true,
    async ask(_frame: Frame, _headers: unknown, _listener: unknown, signal: AbortSignal): Promise<Ending> {
      here.asked += 1;
      return { kind: "answer", frame: await answer(here.asked, signal), status: 200, streamed: false };
    },
  };
  conversation.legs.set("one", Promise.resolve(leg as unknown as Leg));
  return here;
}

const page = (names: readonly string[], description = "", nextCursor?: string): Frame =>
  frameOf({
    kind: "result",
    id: 1,
    result: {
      tools: names.map((name) => ({ name, description })),
      ...(nextCursor !== undefined && { nextCursor }),
    },
  });
const message = { kind: "request", id: 1, method: "tools/list", params: {} } as const;
const read = ({ gate, conversation }: Stage, signal = new AbortController().signal) =>
  wholeList(gate, { conversation, message, headers: {}, signal }, "one", "tools/list");

describe("a server's whole list", () => {
  test("is cut where it has too many bytes", async () => {
    const here = stage((n) => Promise.resolve(page([`t${n}`], "x".repeat(5 * 1024 * 1024), "more")));
    expect([...(await read(here)).keys()]).toEqual(["t1", "t2", "t3"]);
    expect(here.logged.join()).toContain("longer than is read");
  });

  test("is cut where it has too many items", async () => {
    const names = (n: number) => Array.from({ length: 4000 }, (_, at) => `t${n}.${at}`);
    const here = stage((n) => Promise.resolve(page(names(n), "", "more")));
    expect((await read(here)).size).toBe(8000);
  });

  test("is read once for all who need it at once, and goes on when one of them leaves", async () => {
    const gone = Promise.withResolvers<Frame>();
    const here = stage(() => gone.promise);
    const first = new AbortController();
    const leaving = read(here, first.signal);
    const staying = [read(here), read(here)];
    first.abort();
    expect((await leaving).size).toBe(0);
    gone.resolve(page(["a"]));
    for (const items of await Promise.all(staying)) expect([...items.keys()]).toEqual(["a"]);
    expect(here.asked).toBe(1);
  });

  test("is read no further when all have left", async () => {
    const signals: AbortSignal[] = [];
    const here = stage((_, signal) => {
      signals.push(signal);
      return new Promise(() => undefined);
    });
    const one = new AbortController();
    const leaving = read(here, one.signal);
    while (signals.length === 0) await new Promise((resolve) => void setImmediate(resolve));
    one.abort();
    await leaving;
    expect(signals.map(({ aborted }) => aborted)).toEqual([true]);
  });
});
