import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { allowedOf, isListed, isPublic, mayReach } from "./reach.ts";

describe("what is inside", () => {
  test.each([
    "127.0.0.1",
    "127.255.255.254",
    "10.0.0.1",
    "172.16.0.1",
    "172.31.255.255",
    "192.168.1.1",
    "169.254.169.254",
    "100.64.0.1",
    "100.100.100.200",
    "168.63.129.16",
    "192.0.0.192",
    "192.0.2.1",
    "198.18.0.1",
    "203.0.113.9",
    "0.0.0.0",
    "0.1.2.3",
    "224.0.0.1",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "::10.0.0.1",
    "::ffff:127.0.0.1",
    "::ffff:a9fe:a9fe",
    "::ffff:0:10.0.0.1",
    "64:ff9b::10.0.0.1",
    "64:ff9b::7f00:1",
    "64:ff9b:1::10.0.0.1",
    "2002:7f00:1::",
    "2001:0:1::1",
    "2001:db8::1",
    "2001:20::1",
    "100::1",
    "fc00::1",
    "fd00:ec2::254",
    "fe80::1",
    "fe80::1%eth0",
    "fec0::1",
    "ff02::1",
    "4000::1",
    "5f00::1",
    "",
    "example.com",
    "8.8.8.8.8",
    "2130706433x",
  ])("%s is not public", (address) => {
    expect(isPublic(address)).toBe(false);
    expect(mayReach("example.com", address, allowedOf([]))).toBe(false);
  });

  test.each([
    "1.1.1.1",
    "8.8.8.8",
    "172.32.0.1",
    "100.128.0.1",
    "2606:4700::1111",
    "64:ff9b::8.8.8.8",
    "::ffff:8.8.8.8",
  ])("%s is public", (address) => {
    expect(isPublic(address)).toBe(true);
  });

  test("an IPv4 address is the same however IPv6 carries it", () => {
    fc.assert(
      fc.property(fc.ipV4(), (address) => {
        expect(isPublic(`::ffff:${address}`)).toBe(isPublic(address));
        expect(isPublic(`64:ff9b::${address}`)).toBe(isPublic(address));
        // What leads through a tunnel leads nowhere.
        expect(isPublic(`::${address}`)).toBe(false);
      }),
    );
  });
});

describe("what is allowed all the same", () => {
  const allowed = allowedOf(["Mail.Internal.", "10.1.0.0/16", "127.0.0.1", "fd00::/8"]);

  test.each<[string, string, boolean]>([
    ["mail.internal", "192.168.0.9", true],
    ["MAIL.internal.", "192.168.0.9", true],
    ["mail.internal.evil.example", "192.168.0.9", false],
    ["any.example", "10.1.2.3", true],
    ["any.example", "::ffff:10.1.2.3", true],
    ["any.example", "10.2.2.3", false],
    ["any.example", "127.0.0.1", true],
    ["any.example", "127.0.0.2", false],
    ["any.example", "fd12::1", true],
    ["any.example", "fe80::1", false],
    ["any.example", "no address", false],
  ])("%s at %s: %s", (host, address, reached) => {
    expect(mayReach(host, address, allowed)).toBe(reached);
  });

  test.each<[string, boolean]>([
    ["mail.internal", true],
    ["10.1.0.7", true],
    ["[fd00::7]", true],
    ["10.2.0.7", false],
    ["8.8.8.8", false],
    ["any.example", false],
  ])("%s is listed itself: %s", (host, listed) => {
    expect(isListed(host, allowed)).toBe(listed);
  });
});
