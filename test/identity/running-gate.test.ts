import { once } from "node:events";
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import type { TlsOptions } from "node:tls";
import { expect, onTestFinished, test } from "vitest";
import { listeners } from "../../src/cli/doctor/listeners.ts";
import type { Config } from "../../src/config/config.ts";

const fileOf = (name: string): string => resolve("test/identity/certificates", name);
const tls = { cert: fileOf("gate.pem"), key: fileOf("gate.key") } as Config["tls"];

/** What `doctor` says of a server that answers this, with a certificate that nobody here trusts. */
async function found(answer: object, own: string, more: TlsOptions = {}): Promise<string> {
  const secrets = { cert: readFileSync(fileOf(`${own}.pem`)), key: readFileSync(fileOf(`${own}.key`)) };
  const server = createServer({ ...secrets, ...more }, (_, response) => response.end(JSON.stringify(answer)));
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  const [finding] = await listeners({ listen: [{ host: "127.0.0.1", port }], tls });
  return `${finding?.level} ${finding?.message.replace(String(port), "PORT")}`;
}

const HEALTH = { status: "healthy", version: "1.2.3" };
const MUTUAL = { requestCert: true, rejectUnauthorized: true, ca: readFileSync(fileOf("ca.pem")) };

test.each([
  ["a gate with a certificate", HEALTH, "gate", {}, "ok a gate (1.2.3) answers at https://127.0.0.1:PORT"],
  ["one that asks for one", HEALTH, "gate", MUTUAL, "ok a gate answers at https://127.0.0.1:PORT"],
  ["another that asks for one", HEALTH, "robot", MUTUAL, "fail 127.0.0.1:PORT is used by another program"],
  ["something else", { hello: 1 }, "gate", {}, "fail 127.0.0.1:PORT is used by another program"],
])("%s is told for what it is", async (_, answer, own, more, expected) => {
  expect(await found(answer, own, more)).toBe(expected);
});
