import { MessageChannel } from "node:worker_threads";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { patience } from "./patience.ts";

beforeEach(
  () =>
    void vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "setImmediate", "performance", "Date"] }),
);
afterEach(() => void vi.useRealTimers());

function watching(of: ReturnType<typeof patience>, name: string, silent: string[]) {
  return of.watch(() => void silent.push(name));
}
const QUESTION = { kind: "request", id: 1, method: "elicitation/create", params: {} } as const;

describe("patience", () => {
  it("ends each request after its own silence, whenever it began", () => {
    const one = patience(1000);
    const silent: string[] = [];
    const first = one.watch(() => {
      silent.push("first");
      first.end();
    });
    vi.advanceTimersByTime(400);
    const second = one.watch(() => {
      silent.push("second");
      second.end();
    });
    vi.advanceTimersByTime(599);
    expect(silent).toEqual([]);
    vi.advanceTimersByTime(51);
    expect(silent).toEqual(["first"]);
    vi.advanceTimersByTime(400);
    expect(silent).toEqual(["first", "second"]);
    vi.advanceTimersByTime(10_000);
    expect([silent.length, vi.getTimerCount()]).toEqual([2, 0]);
  });

  it("hears what came while this process stood still before it takes anybody to be silent", async () => {
    vi.useRealTimers();
    const silent: string[] = [];
    const one = patience(50);
    const lively = watching(one, "lively", silent);
    const { port1, port2 } = new MessageChannel();
    const came = new Promise<void>((resolve) => {
      port2.once("message", () => {
        lively.heard();
        resolve();
      });
    });
    port1.postMessage("here I am");
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 100);
    await came;
    await new Promise((resolve) => void setImmediate(resolve));
    expect(silent).toEqual([]);
    lively.end();
    port1.close();
  });

  it("a sign of life counts for who gave it; one that ended is not asked", () => {
    const one = patience(1000);
    const silent: string[] = [];
    const lively = watching(one, "lively", silent);
    watching(one, "ended", silent).end();
    for (let n = 0; n < 10; n += 1) {
      vi.advanceTimersByTime(500);
      lively.heard();
    }
    expect(silent).toEqual([]);
    vi.advanceTimersByTime(1100);
    expect(silent).toContain("lively");
  });

  it("does not count silence while the server waits for its client, and counts anew after the answer", () => {
    const one = patience(1000);
    const silent: string[] = [];
    watching(one, "call", silent);
    one.said(QUESTION);
    vi.advanceTimersByTime(30_000);
    one.replied({ kind: "result", id: "1", result: {} });
    vi.advanceTimersByTime(30_000);
    expect(silent).toEqual([]);
    one.replied({ kind: "result", id: 1, result: {} });
    vi.advanceTimersByTime(900);
    expect(silent).toEqual([]);
    vi.advanceTimersByTime(1200);
    expect(silent).toContain("call");
  });

  it("does not wait for a client for ever, and a question can be taken back", () => {
    const one = patience(1000);
    const silent: string[] = [];
    watching(one, "call", silent);
    one.said(QUESTION);
    one.said({ kind: "notification", method: "notifications/cancelled", params: { requestId: 1 } });
    vi.advanceTimersByTime(2200);
    expect(silent).toContain("call");
    const other = patience(1000);
    watching(other, "forgotten", silent);
    other.said(QUESTION);
    vi.advanceTimersByTime(602_000);
    expect(silent).toContain("forgotten");
  });

  it("does not count silence that we made ourselves, nor a clock that is set back", () => {
    const one = patience(1000);
    const silent: string[] = [];
    const call = watching(one, "call", silent);
    one.holding(true);
    vi.advanceTimersByTime(5000);
    one.holding(false);
    vi.setSystemTime(0);
    vi.advanceTimersByTime(900);
    expect(silent).toEqual([]);
    call.end();
  });
});
