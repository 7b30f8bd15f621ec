import { describe, expect, test } from "vitest";
import { DEFAULT_BOUNDS, decode } from "../../wire/frame.ts";
import { uniteLists } from "./union.ts";

const page = (ttl: string) =>
  decode(
    Buffer.from(`{"jsonrpc":"2.0","id":1,"result":{"tools":[{"name":"x"}],"ttlMs":${ttl}}}`),
    DEFAULT_BOUNDS,
  );
const part = (ttl: string) => ({ pages: [page(ttl)], outward: (name: string) => name });

describe("lists of several servers as one", () => {
  test.each(["-1e400", "1e400", "-1", '"5"', "null"])(
    "a lifetime of %s is none, and breaks nothing",
    (ttl) => {
      const { message } = uniteLists("tools/list", "modern", 1, [part("60"), part(ttl)], DEFAULT_BOUNDS);
      expect(message).toMatchObject({ result: { tools: [{ name: "x" }, { name: "x" }], ttlMs: 0 } });
    },
  );

  test("live as long as the shortest", () => {
    const { message } = uniteLists("tools/list", "modern", 1, [part("60"), part("5")], DEFAULT_BOUNDS);
    expect(message).toMatchObject({ result: { ttlMs: 5 } });
  });
});
