import { spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { afterAll, expect, test } from "vitest";
import { COMMANDS } from "../../src/cli/commands.ts";
import { project } from "./portcullis.ts";

const CLI = fileURLToPath(new URL("../../src/cli/cli.ts", import.meta.url));
const here = project();
afterAll(() => here.remove());

test.each(["", ...COMMANDS.map(({ name }) => name), "policy"])("`portcullis %s --help` teaches by example", async (name) => {
  const words = name === "" ? [] : name.split(" ");
  const { code, out, err } = await here.run([...words, "--help"]);
  expect({ code, err }).toEqual({ code: 0, err: "" });
  await expect(out).toMatchFileSnapshot(`help/${["portcullis", ...words].join("-")}.txt`);
});

test("help whose reader went away ends quietly", async () => {
  const child = spawn(process.execPath, [CLI, "--help"], { stdio: ["ignore", "pipe", "pipe"] });
  child.stdout.destroy();
  let err = "";
  child.stderr.on("data", (chunk) => (err += String(chunk)));
  const [code] = await once(child, "close");
  expect({ code, err }).toEqual({ code: 0, err: "" });
});

test("the version is that of the package", async () => {
  const { code, out } = await here.run(["--version"]);
  expect({ code, out }).toEqual({ code: 0, out: expect.stringMatching(/^\d+\.\d+\.\d+\n$/) });
});

test.each(["bash", "zsh", "fish"])("the completion of %s is what it was", async (shell) => {
  const { code, out } = await here.run(["completion", shell]);
  expect(code).toBe(0);
  await expect(out).toMatchFileSnapshot(`help/completion.${shell}`);
});
