import type { IncomingMessage } from "node:http";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Fault } from "../call/fault.ts";
import { AUTH, openDoor } from "./door.oracle.ts";
import { failures } from "./failures.ts";
import { clientOf, neighbourhood, within } from "./network.ts";

const from = (remoteAddress: string, forwarded?: string): IncomingMessage =>
  ({
    socket: { remoteAddress },
    headers: forwarded === undefined ? {} : { "x-forwarded-for": forwarded },
    rawHeaders: [],
    url: "/mcp",
  }) as unknown as IncomingMessage;

describe("the client's own address", () => {
  const trusted = within(["10.0.0.0/8", "fd00::/8"]);
  test.each([
    ["192.0.2.1", undefined, "192.0.2.1"],
    ["192.0.2.1", "203.0.113.9", "192.0.2.1"],
    ["10.0.0.1", "203.0.113.9", "203.0.113.9"],
    ["::ffff:10.0.0.1", "203.0.113.9", "203.0.113.9"],
    ["10.0.0.1", "1.1.1.1, 203.0.113.9, 10.0.0.2", "203.0.113.9"],
    ["10.0.0.1", "unknown", "10.0.0.1"],
    ["10.0.0.1", "203.0.113.9, ", "10.0.0.1"],
    ["fd00::1", "2001:db8::1", "2001:db8::1"],
  ])("of %s that forwards %s is %s", (peer, forwarded, client) => {
    expect(clientOf(from(peer, forwarded), trusted)).toBe(client);
  });

  test("is never one that a stranger made up", () => {
    fc.assert(
      fc.property(fc.string(), fc.ipV4(), (junk, real) => {
        fc.pre(!trusted(real));
        expect(clientOf(from("10.0.0.1", `${junk}, ${real}`), trusted)).toBe(real);
      }),
    );
  });
});

describe("who guesses", () => {
  test("is counted with the neighbours that have the same network", () => {
    expect(neighbourhood("2001:db8:1:2::1")).toBe(neighbourhood("2001:db8:1:2:ffff::9"));
    expect(neighbourhood("2001:db8:1:2::1")).not.toBe(neighbourhood("2001:db8:1:3::1"));
    expect(neighbourhood("::ffff:192.0.2.1")).toBe(neighbourhood("192.0.2.1"));
  });

  test("waits from the thirtieth failure on, a minute at most", () => {
    let now = 0;
    const failed = failures(() => now);
    for (let times = 1; times < 30; times += 1) expect(failed.note("192.0.2.1")).toBe("within");
    expect(failed.wait("192.0.2.1")).toBeUndefined();
    expect(failed.note("192.0.2.1")).toBe("last");
    expect(failed.note("192.0.2.1")).toBe("beyond");
    expect(failed.wait("192.0.2.1")).toBe(60);
    expect(failed.wait("192.0.2.2")).toBeUndefined();
    now = 59_999;
    expect(failed.wait("192.0.2.1")).toBe(1);
    now = 60_000;
    expect(failed.wait("192.0.2.1")).toBeUndefined();
  });
});

test("over plain HTTP nobody but this machine and a known proxy is listened to", async () => {
  const door = await openDoor({ ...AUTH, api_keys: true, trusted_proxies: ["10.0.0.0/8"] });
  const codeOf = (peer: string): string => {
    try {
      void door.identity.identify(from(peer), { host: "0.0.0.0", port: 1 });
      return "let in";
    } catch (error) {
      return error instanceof Fault ? error.code : "broken";
    }
  };
  expect(["192.0.2.1", "10.1.1.1", "127.0.0.1", "::ffff:127.0.0.1"].map(codeOf)).toEqual([
    "bad-host",
    "unauthenticated",
    "unauthenticated",
    "unauthenticated",
  ]);
  await door.close();
});
