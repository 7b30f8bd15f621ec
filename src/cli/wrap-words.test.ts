import { expect, test } from "vitest";
import { wrapWords } from "./wrap-words.ts";

test.each([
  ["wrap -- npx -y some-server --name x", { command: ["npx", "-y", "some-server", "--name", "x"] }],
  ["wrap npx -- y", { command: ["npx", "--", "y"] }],
  ["wrap -- -x", { command: ["-x"] }],
  [
    "wrap --name files --config=g.yaml -- node s.js",
    { name: "files", config: "g.yaml", command: ["node", "s.js"] },
  ],
  ["wrap --name a --name b node", { name: "b", command: ["node"] }],
])("`%s` is read at once", (line, options) => {
  expect(wrapWords(line.split(" "))).toEqual(options);
});

test.each([
  "start",
  "wrap",
  "wrap --",
  "wrap --all --dry-run",
  "wrap --help",
  "wrap -h node",
  "wrap --name",
  "wrap --name -- node",
  "wrap --nam files -- node",
  "wrap --name= -- node",
  "logs wrap -- node",
])("`%s` is left to the command line", (line) => {
  expect(wrapWords(line.split(" "))).toBeUndefined();
});
