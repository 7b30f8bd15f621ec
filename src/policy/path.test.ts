import { posix } from "node:path";
import { pathToFileURL } from "node:url";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { climbs, within } from "./path.ts";

const segment = fc.constantFrom("srv", "data", "database", "a", ".", "..", "", "...", "ä b", "%2e");
const paths = fc.array(segment, { maxLength: 7 }).map((names) => names.join("/"));

describe("path.within", () => {
  test("agrees with the resolution of the platform on absolute paths", () => {
    fc.assert(
      fc.property(paths, (tail) => {
        const path = `/${tail}`;
        const rest = posix.relative("/srv/data", posix.resolve(path));
        expect(within(path, "/srv/data")).toBe(rest !== ".." && !rest.startsWith("../"));
      }),
      { numRuns: 5000 },
    );
  });

  test("a file URL counts as its path", () => {
    fc.assert(
      fc.property(paths, (tail) => {
        const path = posix.resolve(`/${tail}`);
        expect(within(pathToFileURL(path).href, "/srv/data")).toBe(within(path, "/srv/data"));
      }),
    );
  });

  test.each([
    ["/srv/data", true],
    ["/srv/data/", true],
    ["/srv/data/a/../b", true],
    ["/srv/data/../database", false],
    ["/srv/database", false],
    ["/srv/data/..\\..\\etc", false],
    ["\\srv\\data\\x", false],
    ["/srv\\data/x", false],
    ["notes.txt", false],
    ["./a/b", false],
    ["a/../../b", false],
    ["../data/x", false],
    ["~/x", false],
    ["~root/x", false],
    ["", false],
    ["/srv/data/x\0.txt", false],
    ["/srv/data/x y", true],
    ["/srv/data/x\u007f", false],
    ["/srv/data/.\n./.\r./etc/passwd", false],
    [" /srv/data/x", false],
    ["/srv/data/x ", false],
    ["file:///srv/data/.\t./.\t./etc/passwd", false],
    ["file:///srv/data/x%09", false],
    ["file:///srv/data/%20/x", true],
    ["file:///srv/data/x", true],
    ["file://localhost/srv/data/x", true],
    ["FILE:///srv/data/x", true],
    ["file:///srv/data/%2e%2e/x", false],
    ["file:///srv/data/%2E%2E%2fx", false],
    ["file:///srv/data/%", false],
    ["file://other/srv/data/x", false],
    ["file:///srv/data/x?/../../../etc", false],
    ["file:srv/data/x", false],
    ["https://srv/data/x", false],
    ["C:\\srv\\data", false],
    ["c:x", false],
    [7, false],
    [null, false],
    [["/srv/data/x"], false],
  ])("%j in /srv/data: %s", (path, expected) => {
    expect(within(path, "/srv/data")).toBe(expected);
  });

  test.each([
    ["C:\\data\\a.txt", true],
    ["c:/data/a.txt", true],
    ["C:\\data\\..\\x", false],
    ["D:\\data\\a.txt", false],
    ["\\data\\a.txt", false],
    ["a\\b", false],
    ["..\\b", false],
    ["file:///C:/data/a.txt", true],
  ])("%j in C:\\data: %s", (path, expected) => {
    expect(within(path, "C:\\data")).toBe(expected);
  });

  test.each([
    ["data/notes.txt", true],
    ["./data/../data/x", true],
    ["notes.txt", false],
    ["data/../../etc/passwd", false],
    ["../srv/data/x", true],
    ["/srv/data/x", true],
  ])("%j in /srv/data, for a server that runs in /srv: %s", (path, expected) => {
    expect(within(path, "/srv/data", "/srv")).toBe(expected);
  });
});

describe("a resource's name", () => {
  test.each([
    ["a/../b", true],
    ["a\\..\\b", true],
    ["a/%2e./b", true],
    ["..", true],
    ["a..b/c", false],
    ["50%", false],
    ["a/%252e%25%32e/b", true],
    ["a/%2e%2", false],
    ["a/..?b", true],
    ["a/..#b", true],
    ["a%00b", true],
    ["a/.\t./b", true],
    ["a\u007f", true],
    [" a", true],
    ["a\n", true],
    ["a b", false],
    ["/srv/.%09./etc", true],
    ["/srv/a%0ab", true],
    ["/srv/a%20b", false],
  ])("%s climbs: %s", (resource, expected) => {
    expect(climbs(resource)).toBe(expected);
  });
});
