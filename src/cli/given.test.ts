import { expect, test } from "vitest";
import { given, word } from "./given.ts";

test("only what was given is given again, each a word for a shell", () => {
  const options = { config: "my gate.yaml", tenant: "acme", json: true };
  expect(given(options, "config", "tenant", "json", "url")).toBe(" --config 'my gate.yaml' --tenant acme");
  expect(given({}, "config")).toBe("");
});

test("nothing in a word runs", () => {
  expect(word("read_file")).toBe("read_file");
  expect(word("a; rm -rf $(b)'`")).toBe(String.raw`'a; rm -rf $(b)'\''` + "`'");
});
