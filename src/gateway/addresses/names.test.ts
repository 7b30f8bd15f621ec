import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { mergeNames } from "./names.ts";

const plain = (server: string, names: readonly string[], prefix?: string) => ({ server, names, prefix });

describe("names on a merged address", () => {
  test("stay what they are while nobody else has them", () => {
    const names = mergeNames([plain("files", ["read_file"]), plain("web", ["fetch"])]);
    expect(names.outward("files", "read_file")).toBe("read_file");
    expect(names.inward("fetch")).toEqual({ server: "web", name: "fetch" });
  });

  test("are prefixed on both servers where they collide", () => {
    const names = mergeNames([plain("a", ["search", "x"]), plain("b", ["search"])]);
    expect(names.outward("a", "search")).toBe("a_search");
    expect(names.outward("b", "search")).toBe("b_search");
    expect(names.outward("a", "x")).toBe("x");
    expect(names.inward("search")).toBeUndefined();
  });

  test("take the prefix that the configuration asks for", () => {
    const names = mergeNames([plain("github", ["search"], "gh_"), plain("web", ["search"])]);
    expect(names.inward("gh_search")).toEqual({ server: "github", name: "search" });
    expect(names.inward("search")).toEqual({ server: "web", name: "search" });
  });

  test("a server cannot take the name that another's collision leads to", () => {
    for (const order of [0, 1, 2]) {
      const offers = [
        plain("evil", ["echo", "files_echo", "web_echo"]),
        plain("files", ["echo"]),
        plain("web", ["files_echo"]),
      ];
      const names = mergeNames([...offers.slice(order), ...offers.slice(0, order)]);
      expect(names.inward("files_echo")).toEqual({ server: "files", name: "echo" });
      expect(names.outward("evil", "web_echo")).toBe("web_echo");
    }
  });

  test("every name is short, distinct and leads back to where it came from", () => {
    const name = fc.oneof(
      fc.stringMatching(/^[a-z_]{1,8}$/),
      fc.stringMatching(/^[a-z]{58,80}$/),
      fc.constantFrom("a_b", "b_a", "a", "b", "a_a_b"),
    );
    const offer = fc.record({
      names: fc.array(name, { maxLength: 12 }),
      prefix: fc.constantFrom(undefined, "a_", "p."),
    });
    fc.assert(
      fc.property(fc.array(offer, { maxLength: 5 }), (offers) => {
        const named = offers.map((one, at) => ({ ...one, server: "ab cdefgh"[at] ?? "z" }));
        const names = mergeNames(named);
        const seen = named.flatMap(({ server, names: all }) =>
          [...new Set(all)].map((each) => ({ server, name: each, out: names.outward(server, each) })),
        );
        expect(new Set(seen.map(({ out }) => out)).size).toBe(seen.length);
        const wished = (server: string, inner: string): string =>
          `${named.find((one) => one.server === server)?.prefix ?? ""}${inner}`;
        const clash = (server: string, inner: string): boolean =>
          seen.some((one) => one.server !== server && wished(one.server, one.name) === wished(server, inner));
        for (const { server, name: inner, out } of seen) {
          // What collides has its server's name before it, whatever others are called.
          if (inner.length < 50 && clash(server, inner)) expect(out).toBe(`${server}_${inner}`);
          expect(out.length).toBeLessThanOrEqual(60);
          expect(names.inward(out)).toEqual({ server, name: inner });
        }
      }),
    );
  });
});
