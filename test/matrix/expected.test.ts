import { describe, expect, it } from "vitest";
import { contradictions, document } from "./document.ts";
import { type Expected, stale, unexpected } from "./expected.ts";
import type { Cell } from "./matrix.ts";

const cell = (more: Partial<Cell> = {}): Cell => ({
  upstream: {
    name: "files",
    title: "`files` 1.0.0",
    transport: "stdio",
    args: [],
    asks: { call: { name: "read", arguments: {} } },
  },
  client: "SDK v1",
  door: "http",
  operations: ["list", "call"],
  bridged: false,
  differences: [],
  ...more,
});
const differing = cell({ differences: [{ operation: "call", direct: { text: "a" }, gate: { text: "b" } }] });
const entry = (more: Partial<Expected> = {}): Expected => ({
  operations: ["call"],
  why: "a reason that is long enough",
  ...more,
});

describe("a difference", () => {
  it("that nobody expects is named with what was seen on both sides", () => {
    expect(unexpected([cell(), differing], [])).toEqual([
      'files, SDK v1, http: call\n  without: {"text":"a"}\n  through: {"text":"b"}',
    ]);
  });

  it("is expected only where server, client, door and operation are", () => {
    const fits = entry({ servers: ["files"], clients: ["SDK v1"], doors: ["http"] });
    expect(unexpected([differing], [fits])).toEqual([]);
    const others: readonly Partial<Expected>[] = [
      { servers: ["git"] },
      { clients: ["Inspector"] },
      { doors: ["wrap"] },
      { operations: ["list"] },
    ];
    for (const other of others) expect(unexpected([differing], [entry(other)])).toHaveLength(1);
  });

  it("that is expected and gone is an error", () => {
    expect(stale([differing], [entry()])).toEqual([]);
    expect(stale([cell()], [entry()])).toEqual(["expected and no longer so: a reason that is long enough"]);
  });
});

describe("the table", () => {
  it("counts what is the same, marks what only the gate makes possible, and points to the reason", () => {
    const text = document(
      [differing, cell({ client: "SDK v2", bridged: true }), cell({ client: "SDK v2", door: "wrap" })],
      [entry({ clients: ["SDK v1"] })],
    );
    expect(text).toContain("| files | 1/2 [1] | 2/2 ⇄ |");
    expect(text).toContain("| files | 2/2 |");
    expect(text).toContain("1. call: a reason that is long enough");
    expect(text).toContain("| files | `files` 1.0.0 | stdio | lists, call |");
  });

  it("is contradicted by a cell that was tried, not by one that was not", () => {
    const other = cell({ client: "SDK v2" });
    const wrapped = cell({ client: "SDK v2", door: "wrap" });
    const written = document([cell(), other, wrapped], []);
    expect(contradictions(written, written)).toEqual([]);
    expect(contradictions(document([other], []), written)).toEqual([]);
    expect(contradictions(document([differing, other], []), written)).toEqual([
      "### Streamable HTTP, `/mcp/NAME`, files, SDK v1: 1/2 [0]",
    ]);
    expect(contradictions(written, document([other], []))).toContain(
      "### stdio, `portcullis wrap -- CMD`, files, SDK v2: 2/2",
    );
  });
});
