import { globSync, readFileSync } from "node:fs";
import { posix } from "node:path";
import { describe, expect, test } from "vitest";

const PORTS = ["call", "document", "config", "telemetry", "store", "outbound", "cluster"];
const PURE = ["wire", "policy", "pipeline", "detect"];
const BELOW = [...PORTS, ...PURE];
const DOMAIN = [
  "session",
  "identity",
  "tenancy",
  "audit",
  "approval",
  "upstream",
  "voters",
  "rollout",
  "notify",
  "privacy",
  "masking",
  "plugin",
];
const GATE = [...BELOW, ...DOMAIN, "stages"];

/** Folder → folders it may import. Read top-down: nothing imports upwards, and domain folders do not know each other. */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  call: [],
  document: ["call"],
  pipeline: ["call"],
  detect: ["call"],
  wire: ["call"],
  policy: ["call", "pipeline", "wire", "document"],
  config: ["call", "document", "policy"],
  telemetry: ["call"],
  store: ["call", "config", "telemetry"],
  outbound: ["call", "config"],
  cluster: ["call", "config", "telemetry", "store"],
  session: BELOW,
  identity: BELOW,
  tenancy: BELOW,
  audit: BELOW,
  approval: BELOW,
  replay: BELOW,
  rollout: BELOW,
  upstream: BELOW,
  voters: BELOW,
  clients: BELOW,
  notify: BELOW,
  masking: BELOW,
  plugin: BELOW,
  privacy: BELOW,
  stages: BELOW,
  gateway: GATE,
  ingress: [...GATE, "gateway"],
  admin: [...GATE, "gateway", "ingress"],
  client: ["admin"],
  cli: [...GATE, "clients", "replay", "gateway", "ingress", "main.ts"],
  embed: [...GATE, "gateway", "main.ts"],
};
/** What constructs back ends may know them all; nobody below the doors may know it. */
const ROOT = new Set(["main.ts"]);

const IMPORT = /(?:^|\n)(?:import|export)\b[^;]*?from\s+"(\.[^"]+)"|\bimport\(\s*"(\.[^"]+)"\s*\)/g;
const NOISE = /^(?:utils?|helpers?|common|shared|core|misc|manager|service|handler|base|impl)$/;

const files = globSync("src/**/*.ts").map((file) => file.replaceAll("\\", "/"));
const isTest = (file: string): boolean => /\.(?:test|bench|oracle)\.ts$/.test(file);

function importsOf(file: string): readonly string[] {
  return [...readFileSync(file, "utf8").matchAll(IMPORT)].map(([, fixed, late]) =>
    posix.normalize(posix.join(posix.dirname(file), fixed ?? late ?? "")),
  );
}

describe("floors", () => {
  test.each(files.filter((file) => !isTest(file) && !ROOT.has(file.slice("src/".length))))(
    "%s imports downwards only",
    (file) => {
      const folder = file.split("/")[1] ?? "";
      const allowed = MAY_IMPORT[folder];
      expect(allowed, `${folder}/ has no row in MAY_IMPORT`).toBeDefined();
      for (const target of importsOf(file)) {
        const to = target.split("/")[1] ?? "";
        if (to !== folder) expect(allowed, `${file} → ${to}`).toContain(to);
      }
    },
  );

  test("docs/ARCHITECTURE.md has a place for each folder", () => {
    const [, floors = ""] = readFileSync("docs/ARCHITECTURE.md", "utf8").split("\n## Floors\n");
    const [table = ""] = floors.split("\n## ");
    const named = new Set([...table.matchAll(/`(\w+)\/`/g)].map(([, folder]) => folder));
    expect(Object.keys(MAY_IMPORT).filter((folder) => !named.has(folder))).toEqual([]);
  });

  test("the walk saw the source", () => {
    expect(files.length).toBeGreaterThan(50);
    expect(files.flatMap(importsOf).length).toBeGreaterThan(100);
  });
});

describe("what is loaded", () => {
  const FIXED = /(?:^|\n)(?:import|export)\s+(?!type\b)[^;]*?from\s+"([^"]+)"/g;

  /** All that a file needs before it can begin; what is imported later, or for its types only, is not. */
  function loadedBy(file: string, seen = new Set<string>()): Set<string> {
    if (seen.has(file)) return seen;
    seen.add(file);
    for (const [, target = ""] of readFileSync(file, "utf8").matchAll(FIXED))
      if (target.startsWith(".")) loadedBy(posix.normalize(posix.join(posix.dirname(file), target)), seen);
      else seen.add(target);
    return seen;
  }

  test("a wrap without a configuration begins without what only other commands, policy, guards and sign-in need", () => {
    const first = ["src/cli/cli.ts", "src/cli/wrap.ts"].reduce(
      (seen, file) => loadedBy(file, seen),
      new Set<string>(),
    );
    // Its server starts up before these are loaded.
    const rest = ["src/main.ts", "src/ingress/stdio.ts"];
    expect(rest.filter((each) => first.has(each))).toEqual([]);
    const loaded = rest.reduce((seen, file) => loadedBy(file, seen), first);
    expect(loaded).toContain("src/gateway/serve.ts");
    const own = ["commander", "pino", "src/cli/commands.ts", "src/store/migrate.ts"];
    const others = ["zod", "yaml", "ajv", "jose", "kysely", "pg", "undici", "fastify"];
    const heavy = [...own, ...others, "@marcbachmann/cel-js"];
    const late = ["src/policy/compile.ts", "src/tenancy/tenancy.ts", "src/gateway/tenants/views.ts"];
    expect([...heavy, ...late, "src/gateway/guards.ts"].filter((each) => loaded.has(each))).toEqual([]);
  });
});

describe("tidiness", () => {
  test("no file is imported by nobody", () => {
    const known = new Set(files.flatMap(importsOf));
    const entries = new Set([
      "src/cli/cli.ts",
      "src/client/client.ts",
      "src/embed/with-governance.ts",
      "src/store/sqlite/worker.ts",
      "src/store/sqlite/reading-worker.ts",
      "src/audit/log/worker.ts",
      "src/voters/bundle/worker.ts",
      "src/plugin/sandbox/worker.ts",
      "src/plugin/onnx/worker.ts",
    ]);
    const lonely = files.filter((file) => !known.has(file) && !entries.has(file) && !isTest(file));
    expect(lonely).toEqual([]);
  });

  test("no path has a noise word", () => {
    const noisy = files.filter((file) =>
      file
        .replace(/\.(?:test|oracle)?\.?ts$/, "")
        .split("/")
        .some((part) => NOISE.test(part)),
    );
    expect(noisy).toEqual([]);
  });

  test("no file has more than 250 lines of code", () => {
    const long = files.filter((file) => {
      const code = readFileSync(file, "utf8")
        .split("\n")
        .filter((line) => line.trim() !== "" && !/^\s*(?:\/\/|\/?\*)/.test(line));
      return !isTest(file) && code.length > 250;
    });
    expect(long).toEqual([]);
  });

  test("nothing reads the clock or draws at random on the pure floors", () => {
    const pure = files.filter(
      (file) => ["wire", "policy", "pipeline", "detect"].includes(file.split("/")[1] ?? "") && !isTest(file),
    );
    const impure = pure.filter((file) =>
      /\bDate\.now\(|\bnew Date\(\)|\bMath\.random\(|\bperformance\.now\(|"node:(?:fs|net|http|child_process|os)"/.test(
        readFileSync(file, "utf8"),
      ),
    );
    expect(impure).toEqual([]);
  });
});
