import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { Problems } from "../document/problem.ts";
import type { Listener, Server } from "./config.ts";
import { loadConfig } from "./load.ts";

const folder = mkdtempSync(join(tmpdir(), "portcullis-"));
mkdirSync(join(folder, "policy"));
afterAll(() => rmSync(folder, { recursive: true }));

function load(text: string, port?: number) {
  writeFileSync(join(folder, "portcullis.yaml"), text);
  return loadConfig({
    file: "portcullis.yaml",
    cwd: folder,
    env: {},
    overrides: port === undefined ? {} : { port },
  }).config;
}
function listeners(text: string, port?: number): readonly string[] {
  return load(text, port).listen.map(
    ({ host, port: at, server }: Listener) => `${host}:${at}${server === undefined ? "" : ` ${server}`}`,
  );
}
function problems(text: string): readonly string[] {
  try {
    load(text);
    return [];
  } catch (error) {
    if (!(error instanceof Problems)) throw error;
    return error.problems.map(({ line, message, hint }) => `${line} ${message} (${hint})`);
  }
}
const THREE = "mcpServers: { a: { command: x }, b: { command: x, PORT }, c: { command: x, EXPOSE } }";
const three = (port: string, expose = "disabled: false"): string =>
  THREE.replace("PORT", port).replace("EXPOSE", expose);

describe("exposure", () => {
  test("unified: one listener for each address, whatever their number", () => {
    expect(listeners(three("prefix: p"))).toEqual(["127.0.0.1:8090"]);
    expect(listeners(`listen: [127.0.0.1:1, "[::1]:2"]\n${three("prefix: p")}`, 7)).toEqual([
      "127.0.0.1:7",
      "::1:2",
    ]);
  });

  test("multi_port: each server at the base port + 1 + its place, or where it says", () => {
    expect(listeners(`exposure: multi_port\n${three("prefix: p")}`)).toEqual([
      "127.0.0.1:8090",
      "127.0.0.1:8091 a",
      "127.0.0.1:8092 b",
      "127.0.0.1:8093 c",
    ]);
    expect(listeners(`exposure: multi_port\n${three("port: 9000")}`, 500)).toEqual([
      "127.0.0.1:500",
      "127.0.0.1:501 a",
      "127.0.0.1:9000 b",
      "127.0.0.1:503 c",
    ]);
  });

  test("hybrid: as each server says, on every address", () => {
    const text = `exposure: hybrid\nlisten: ["127.0.0.1:80", "[::1]:90"]\n${three("expose: unified", "expose: separate")}`;
    expect(listeners(text)).toEqual(["127.0.0.1:80", "::1:90", "127.0.0.1:81 c", "::1:91 c"]);
  });

  test("port 0 takes free ones", () => {
    expect(listeners(`exposure: multi_port\n${three("port: 0")}`, 0)).toEqual([
      "127.0.0.1:0",
      "127.0.0.1:0 a",
      "127.0.0.1:0 b",
      "127.0.0.1:0 c",
    ]);
  });

  test("a server that is left out has no listener", () => {
    expect(listeners(`exposure: multi_port\n${three("disabled: true")}`)).toEqual([
      "127.0.0.1:8090",
      "127.0.0.1:8091 a",
      "127.0.0.1:8092 c",
    ]);
  });
});

describe("what cannot be", () => {
  test.each([
    [
      "",
      "expose: separate",
      "under `exposure: unified` no server has an address of its own (write `exposure: hybrid`)",
    ],
    ["", "port: 1", "only a server with an address of its own has a port (write `exposure: hybrid`)"],
    [
      "exposure: hybrid",
      "port: 1",
      "only a server with an address of its own has a port (write `expose: separate` beside it)",
    ],
    [
      "exposure: multi_port",
      "expose: unified",
      "under `exposure: multi_port` every server has an address of its own (write `exposure: hybrid`)",
    ],
    ["exposure: multi_port", "port: 8090", "`listen:` has port 8090 already (write another `port:`)"],
    ["exposure: multi_port", "port: 8091", "a has port 8091 already (write another `port:`)"],
    ["exposure: multi_port\nlisten: 127.0.0.1:65533", "prefix: p", "its port would be 65536 (write `port:`)"],
    [
      "exposure: multiport",
      "prefix: p",
      '"multiport" is not one of unified, multi_port, hybrid (did you mean "multi_port"?)',
    ],
  ])("%s, %s", (exposure, key, expected) => {
    expect(problems(`${exposure}\n${three(key)}`).map((said) => said.replace(/^\d+ (?:\S+: )?/, ""))).toEqual(
      [expected],
    );
  });
});

describe("transports", () => {
  const serverOf = (text: string): Server | undefined => load(`mcpServers: { a: ${text} }`).servers[0];
  test.each([
    ["{ url: ws://h/x }", "websocket"],
    ["{ url: wss://h/x, type: ws }", "websocket"],
    ["{ url: http://h/sse, transport: sse, sessions: 5 }", "sse"],
    ["{ url: http://h/mcp }", "streamable-http"],
  ])("%s is %s", (text, transport) => {
    expect(serverOf(text)).toMatchObject({ transport });
  });

  test.each([
    ["{ url: ws://h/x, transport: sse }", "is not an address that begins http:// or https://"],
    ["{ url: http://h/x, transport: websocket }", "is not an address that begins ws:// or wss://"],
    ["{ url: ws://h/x#y }", "holds a #"],
    ["{ url: ws://h/x, headers: { Sec-WebSocket-Key: x } }", "this header cannot be set"],
    ["{ command: x, transport: websocket }", "needs a url"],
  ])("%s: %s", (text, expected) => {
    expect(problems(`mcpServers: { a: ${text} }`).join()).toContain(expected);
  });
});
