import { expect, test } from "vitest";
import { type Installation, interpreterFor, launcher } from "./launcher.ts";

const CHECKOUT: Installation = {
  platform: "linux",
  node: "/usr/bin/node",
  script: "/src/portcullis/bin/portcullis.js",
  version: "1.2.3",
  hidden_lock: undefined,
};
const lock = (resolved: unknown): string =>
  JSON.stringify({ packages: { "node_modules/portcullis": { resolved } } });
const REGISTRY = lock("https://registry.example/portcullis/-/portcullis-1.2.3.tgz");
const BY_PATH = ["/usr/bin/node", "/src/portcullis/bin/portcullis.js"];

test("a checkout is started by its absolute path", () => {
  expect(launcher(CHECKOUT)).toEqual(BY_PATH);
});

test("what came from a registry is started by npx, on Windows through its interpreter", () => {
  expect(launcher({ ...CHECKOUT, hidden_lock: REGISTRY })).toEqual(["npx", "-y", "portcullis@1.2.3"]);
  expect(launcher({ ...CHECKOUT, platform: "win32", hidden_lock: REGISTRY })).toEqual([
    "cmd",
    "/c",
    "npx",
    "-y",
    "portcullis@1.2.3",
  ]);
});

test.each([
  ["another version", lock("https://registry.example/portcullis/-/portcullis-1.2.2.tgz")],
  ["an archive", lock("file:../portcullis-1.2.3.tgz")],
  ["an archive of some page", lock("https://example.com/portcullis-1.2.3.tgz")],
  ["a repository", lock("git+ssh://git@example.com/portcullis.git#abc")],
  ["a link", lock(undefined)],
  ["no JSON", "{"],
])(
  "from %s it is started by its path: the registry may hold another program of that name",
  (_, hidden_lock) => {
    expect(launcher({ ...CHECKOUT, hidden_lock })).toEqual(BY_PATH);
  },
);

test.each([
  ["npx", "win32", ["cmd", "/c"]],
  ["NPX.CMD", "win32", ["cmd", "/c"]],
  ["C:\\nodejs\\npx.cmd", "win32", ["cmd", "/c"]],
  ["node", "win32", []],
  ["cmd", "win32", []],
  ["npx", "linux", []],
] as const)("%s on %s needs %j before it", (program, platform, words) => {
  expect(interpreterFor(program, platform)).toEqual(words);
});
