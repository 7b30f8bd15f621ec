import { expect, test } from "vitest";
import { kept, type Token } from "./kept.ts";

/** A clock that stands still, and an authorization server that numbers its tokens. */
function fetching() {
  let at = 0;
  let count = 0;
  const tokens = kept(() => at);
  const fetch = (lasts_ms?: number) => (): Promise<Token> => {
    count += 1;
    return Promise.resolve({
      text: String(count),
      until: lasts_ms === undefined ? undefined : at + lasts_ms,
    });
  };
  return {
    tokens,
    fetch,
    pass: (ms: number): void => {
      at += ms;
    },
    count: () => count,
  };
}

test("a token is used until its time, and each name has its own", async () => {
  const { tokens, fetch, pass } = fetching();
  const text = async (name: string): Promise<string> => (await tokens.get(name, fetch(1000))).text;
  expect([await text("a"), await text("a"), await text("b")]).toEqual(["1", "1", "2"]);
  pass(999);
  expect(await text("a")).toBe("1");
  pass(1);
  expect(await text("a")).toBe("3");
});

test("who asks while it is fetched gets the same one", async () => {
  const { tokens, fetch, count } = fetching();
  const all = await Promise.all(Array.from({ length: 5 }, () => tokens.get("a", fetch())));
  expect([new Set(all.map(({ text }) => text)).size, count()]).toEqual([1, 1]);
});

test("a fetch that failed is forgotten", async () => {
  const { tokens, fetch } = fetching();
  await expect(tokens.get("a", () => Promise.reject(new Error("away")))).rejects.toThrow("away");
  expect((await tokens.get("a", fetch())).text).toBe("1");
});

test("a token that is refused is replaced once for all who were refused, and then not for a while", async () => {
  const { tokens, fetch, pass, count } = fetching();
  const first = await tokens.get("a", fetch());
  const [one, other] = await Promise.all([
    tokens.renew("a", first.text, fetch()),
    tokens.renew("a", first.text, fetch()),
  ]);
  expect([one?.text, other?.text, count()]).toEqual(["2", "2", 2]);
  expect(await tokens.renew("a", "2", fetch())).toBeUndefined();
  pass(5000);
  expect((await tokens.renew("a", "2", fetch()))?.text).toBe("3");
});
