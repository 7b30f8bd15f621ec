import { expect, test } from "vitest";
import { parsePolicyPlace } from "./policy-place.ts";

test.each(["policy/", "./store", "stores", "git", "file:///srv/policy"])("%s is a path", (text) => {
  expect(parsePolicyPlace(text)).toBeUndefined();
});

test("a folder of a repository, with and without what may be left out", () => {
  expect(parsePolicyPlace("git+file:///srv/a%20b.git?verify=true#release/1:gate/eu/")).toEqual({
    kind: "git",
    repository: "/srv/a b.git",
    ref: "release/1",
    path: "gate/eu",
    verify: true,
  });
  expect(parsePolicyPlace("git+file:///srv/p")).toMatchObject({ ref: "HEAD", path: "", verify: false });
  expect(parsePolicyPlace("store")).toEqual({ kind: "store" });
});

test.each([
  ["git+https://example.com/p.git#main", "a repository on this machine"],
  ["git+ssh://git@example.com/p.git", "a repository on this machine"],
  ["git+file://host/srv/p", "a repository on this machine"],
  ["git+file:///srv/p?verfiy=true", "something else than ?verify=true"],
  ["git+file:///srv/p#--upload-pack=x", "no branch"],
  ["git+file:///srv/p#main..next", "no branch"],
  ["git+file:///srv/p#main:../other", "no folder"],
  ["git+file:///srv/p#main:/etc", "no folder"],
  ["git+file:///srv/p#main:--all", "no folder"],
])("%s is refused", (text, why) => {
  expect(parsePolicyPlace(text)).toMatchObject({
    kind: "wrong",
    why: expect.stringContaining(why) as string,
  });
});
