import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { describe, expect, it } from "vitest";
import { ended, runs } from "../../test/servers/talk.ts";

const PROGRAM = `${import.meta.dirname}/../../test/servers/gate-that-leaves.ts`;

/** Starts a gate with a server that has a grandchild; gives their process ids. */
async function gate(wrong: string, way: string) {
  const program = spawn(process.execPath, [PROGRAM, wrong, way], { stdio: ["ignore", "pipe", "inherit"] });
  const [line] = (await once(createInterface({ input: program.stdout }), "line")) as [string];
  const [server = 0, grandchild = 0] = line.split(" ").map(Number);
  return { program, server, grandchild };
}

describe("when the gate ends", () => {
  it("by itself, without closing anything: no process is left, not even one that ignores signals", async () => {
    const { server, grandchild } = await gate("deaf", "exit");
    expect(await ended(server, grandchild)).toBe(true);
  });

  it("by SIGTERM: no process is left", async () => {
    const { program, server, grandchild } = await gate("deaf", "stay");
    expect([await runs(server), await runs(grandchild)]).toEqual([true, true]);
    program.kill("SIGTERM");
    await once(program, "exit");
    expect(await ended(server, grandchild)).toBe(true);
  });

  it("by SIGKILL: a server that heeds the end of its input ends", async () => {
    const { program, server, grandchild } = await gate("", "stay");
    process.kill(grandchild, "SIGKILL"); // it shares the server's input and would keep the server from exiting
    program.kill("SIGKILL");
    expect(await ended(server)).toBe(true);
  });
});
