import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { Problems } from "../document/problem.ts";
import { loadConfig } from "./load.ts";

const folder = mkdtempSync(join(tmpdir(), "sinks-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function load(sink: object, env: Readonly<Record<string, string>> = {}) {
  const file = join(folder, "portcullis.yaml");
  writeFileSync(file, JSON.stringify({ mode: "observe", sinks: { one: sink } }));
  return loadConfig({ file, env }).config.sinks[0];
}

test("what is not said is as documented, and secrets come from the environment", () => {
  expect(load({ type: "syslog", url: "tls://siem.example.com:6514" })).toEqual({
    name: "one",
    type: "syslog",
    host: "siem.example.com",
    port: 6514,
    tls: true,
    ca: undefined,
    form: "cef",
    redact: "personal",
    tenants: undefined,
    from: "now",
  });
  const headers = { Authorization: "Splunk ${TOKEN}" };
  expect(load({ type: "http", url: "https://h/x", headers }, { TOKEN: "t" })).toMatchObject({
    envelope: "ndjson",
    form: "ndjson",
    headers: { Authorization: "Splunk t" },
  });
  expect(load({ type: "file", path: "trail.log" })).toMatchObject({
    path: join(folder, "trail.log"),
    keep: 10,
  });
  expect(load({ type: "otlp", url: "https://h:4318/v1/logs" })).toMatchObject({ headers: {} });
});

test.each<[object, RegExp]>([
  [{ type: "syslog", url: "udp://h:514" }, /neither tls:\/\/HOST:PORT nor tcp/],
  [{ type: "syslog", url: "tls://h" }, /neither tls/],
  [{ type: "syslog", url: "tls://h:70000" }, /neither tls/],
  [{ type: "syslog", url: "tls://h:1", ca: "none.pem" }, /does not exist/],
  [{ type: "http", url: "ftp://h" }, /no https:\/\/ address/],
  [{ type: "http", url: "https://user:pw@h/" }, /name or password before the host/],
  [{ type: "http", url: "https://h/", headers: { A: "b\nc" } }, /no header can hold/],
  [{ type: "http", url: "https://h/", envelope: "leef" }, /./],
  [{ type: "file" }, /./],
  [{ type: "file", path: "x", max_bytes: 1 }, /./],
  [{ type: "kafka", url: "x" }, /./],
])("%j is no sink", (sink, why) => {
  let said: unknown;
  try {
    load(sink);
  } catch (error) {
    said = error;
  }
  expect(said).toBeInstanceOf(Problems);
  expect(JSON.stringify((said as Problems).problems)).toMatch(why);
  expect(JSON.stringify((said as Problems).problems)).toMatch(/sinks|portcullis\.yaml/);
});
