import { describe, expect, it } from "vitest";
import { tail } from "./tail.ts";

describe("last words", () => {
  it("are the newest lines, also an unfinished one, bounded in number and length", () => {
    const one = tail(() => undefined, []);
    for (let n = 0; n < 100; n += 1) one.take(Buffer.from(`line ${n}\n`));
    one.take(Buffer.from("x".repeat(10_000)));
    const lines = one.words().split("\n");
    expect(lines).toHaveLength(21);
    expect(lines[0]).toBe("line 80");
    expect(lines.at(-1)).toHaveLength(400);
  });

  it("hide secrets, also where they came in two pieces or stand in an unfinished line", () => {
    const written: string[] = [];
    const one = tail((line) => void written.push(line), ["hunter22", "no"]);
    one.take(Buffer.from("the key is hun"));
    one.take(Buffer.from("ter22, no doubt\nand again hunter22"));
    expect(one.words()).toBe("the key is [secret], no doubt\nand again [secret]");
    expect(written).toEqual(["the key is [secret], no doubt"]);
  });

  it("hide each line of a secret that has several, and one longer than a line that is kept", () => {
    const key = "-----BEGIN KEY-----\r\nMIIEvQIBADANBg\n  c3VwZXItc2VjcmV0\nab\n-----END KEY-----\n";
    const long = "Zq9".repeat(1000);
    const one = tail(() => undefined, [key, long, "pässwörd"]);
    one.take(Buffer.from(`${key}one-line: ${JSON.stringify(key)}\n`));
    one.take(Buffer.from(`token ${long.slice(0, 2000)}`));
    one.take(Buffer.from(`${long.slice(2000)} end\n`));
    const [first, second] = ["p\u00e4ssw", "\u00f6rd"].map((part) => Buffer.from(part));
    one.take(Buffer.concat([first ?? Buffer.alloc(0), (second ?? Buffer.alloc(0)).subarray(0, 1)]));
    one.take((second ?? Buffer.alloc(0)).subarray(1));
    expect(one.words()).not.toMatch(/MIIEvQ|c3VwZX|KEY|Zq9|ssw/);
    expect(one.words()).toContain("token [secret] end");
  });

  it("command no terminal", () => {
    const one = tail(() => undefined, []);
    one.note("a\u009b31mb\u202ec");
    expect(one.words()).toBe("a 31mb c");
  });

  it("a flood is counted, not logged", () => {
    const written: string[] = [];
    const one = tail((line) => void written.push(line), []);
    for (let n = 0; n < 5000; n += 1) one.note(`line ${n}`);
    expect(written.length).toBeLessThan(100);
  });
});
