import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { expect, onTestFinished, test } from "vitest";
import { ANONYMOUS } from "../identity/local.ts";
import { answerProbe, type Health } from "./health.ts";

async function probed(path: string, more: Partial<Health>): Promise<unknown> {
  const well: Health = {
    version: "1.2.3",
    ready: () => Promise.resolve(),
    draining: () => false,
    well: () => true,
    parts: () => ({ limits: "ok" }),
  };
  const server = createServer((request, response) => {
    void answerProbe(request.url ?? "", response, { ...well, ...more }, ANONYMOUS);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => void server.close());
  const answer = await fetch(`http://127.0.0.1:${(server.address() as AddressInfo).port}${path}`);
  const { status, store } = (await answer.json()) as { status: string; store?: string };
  return [answer.status, status, store];
}
const away = { ready: () => Promise.reject(new Error("no disk")) };

test.each<[string, Partial<Health>, unknown]>([
  ["all is well", {}, [200, "healthy", "ok"]],
  ["a part does not do what it is for", { well: () => false }, [200, "degraded", "ok"]],
  ["nothing can be recorded", away, [200, "degraded", "unavailable"]],
  [
    "somebody may not see that one ails",
    { parts: () => undefined, well: () => false },
    [200, "healthy", "ok"],
  ],
  ["the gate ends", { draining: () => true }, [200, "draining", "ok"]],
])("/health/detailed where %s", async (_, more, said) => {
  expect(await probed("/health/detailed", more)).toEqual(said);
});

test("a part that ails does not have the process replaced, or taken out", async () => {
  expect(await probed("/health/live", { well: () => false, ...away })).toEqual([200, "healthy", undefined]);
  expect(await probed("/ready", { well: () => false })).toEqual([200, "ready", undefined]);
  expect(await probed("/ready", away)).toEqual([503, "store unavailable", undefined]);
});
