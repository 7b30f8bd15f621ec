import { spawn } from "node:child_process";
import { expect, test } from "vitest";

const CLI = new URL("../../src/cli/cli.ts", import.meta.url).pathname;

/** Runs `portcullis scan` with an input, to its end. */
async function scan(
  words: readonly string[],
  input: string,
): Promise<{ code: number | null; out: string; err: string }> {
  const child = spawn(process.execPath, [CLI, "scan", ...words], {
    env: { ...process.env, NO_COLOR: "1" },
    stdio: ["pipe", "pipe", "pipe"],
  });
  const texts = ["", ""];
  child.stdout.on("data", (piece: Buffer) => void (texts[0] += piece.toString()));
  child.stderr.on("data", (piece: Buffer) => void (texts[1] += piece.toString()));
  child.stdin.end(input);
  const code = await new Promise<number | null>((resolve) => {
    child.on("close", resolve);
  });
  return { code, out: texts[0] ?? "", err: texts[1] ?? "" };
}

test("lines are answered in order; one that cannot be read is told by its number, and the rest goes on", async () => {
  const input = [
    { id: "a", text: JSON.stringify({ path: "../../../etc/passwd", query: "SELECT a FROM b" }) },
    "rubbish",
    { id: 2, text: "an ordinary value" },
    { id: "secret", text: "postgres://app:h0rse-Battery@db.example/orders" },
  ].map((line) => (typeof line === "string" ? line : JSON.stringify(line)));
  const { code, out, err } = await scan(["--kind", "tool-args"], `${input.join("\n")}\n`);
  expect(code).toBe(2);
  expect(err).toMatch(/line 2: not JSON/);
  const answers = out
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line));
  expect(answers.map(({ id }) => id)).toEqual(["a", 2, "secret"]);
  expect(answers[0].findings).toEqual([
    expect.objectContaining({
      guard: "path",
      class: "path_traversal",
      severity: "critical",
      action: "block",
      path: ["path"],
    }),
  ]);
  expect(answers[0].findings[0].score).toBeGreaterThan(0.8);
  expect(answers[1].findings).toEqual([]);
  expect(answers[2].findings).toEqual([expect.objectContaining({ class: "secret", action: "mask" })]);
  expect(out + err).not.toContain("h0rse");
});

test("one text is answered for a person: exit code 1 where it would be blocked, 0 where not", async () => {
  const [bad, good] = await Promise.all([
    scan(["--kind", "tool-args"], '{"path":"../../../etc/passwd"}'),
    scan(["--kind", "text", "--json"], "Nothing to see here.\n"),
  ]);
  expect(bad.code).toBe(1);
  expect(bad.out).toMatch(/^block +path_traversal +path .* path +goes up/);
  expect(good).toEqual({ code: 0, out: '{"id":null,"findings":[]}\n', err: "" });
});

test("no text at all has nothing in it", async () => {
  const { code, err } = await scan(["--kind", "text"], "");
  expect(code).toBe(0);
  expect(err).toContain("nothing found");
});

test("the profile decides which guards look", async () => {
  const text = `${JSON.stringify({ id: 1, text: "mail ana@example.org, card 4111 1111 1111 1111" })}\n`;
  const [basic, standard] = await Promise.all([
    scan(["--kind", "tool-result", "--profile", "basic"], text),
    scan(["--kind", "tool-result"], text),
  ]);
  expect(JSON.parse(basic.out).findings).toEqual([]);
  expect(
    JSON.parse(standard.out).findings.map((one: { kind: string; action: string }) => [one.kind, one.action]),
  ).toEqual([
    ["email", "warn"],
    ["credit_card", "mask"],
  ]);
});
