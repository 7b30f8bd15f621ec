import { once } from "node:events";
import { createServer } from "node:net";
import type { Address } from "../../config/config.ts";
import { gatesAt, type Listening, type RunningGate } from "../running-gate.ts";
import type { Finding } from "./finding.ts";

/** The error of listening there for a moment; undefined where that works. */
async function obstacle({ host, port }: Address): Promise<NodeJS.ErrnoException | undefined> {
  const server = createServer();
  try {
    server.listen({ host, port, exclusive: true });
    await once(server, "listening");
    server.close();
    await once(server, "close");
    return undefined;
  } catch (error) {
    return error as NodeJS.ErrnoException;
  }
}

function versionText({ version }: RunningGate): string {
  return version === undefined ? "" : ` (${version})`;
}

async function listener(address: Address, tls: Listening["tls"]): Promise<Finding> {
  const { host, port } = address;
  const check = "listen";
  if (port === 0) return { level: "ok", check, message: `${host}, on a free port` };
  const error = await obstacle(address);
  if (error === undefined) return { level: "ok", check, message: `${host}:${port} is free` };
  if (error.code === "EADDRINUSE") {
    const [gate] = await gatesAt({ listen: [address], tls });
    if (gate !== undefined)
      return { level: "ok", check, message: `a gate${versionText(gate)} answers at ${gate.url}` };
    const fix = `portcullis start --port ${port + 1}, or end the process that has it`;
    return { level: "fail", check, message: `${host}:${port} is used by another program`, fix };
  }
  return {
    level: "fail",
    check,
    message: `${host}:${port} cannot be listened on: ${error.message}`,
    fix: "change listen: in portcullis.yaml",
  };
}

/** Whether each address is free, or held by a gate. */
export async function listeners({ listen, tls }: Listening): Promise<readonly Finding[]> {
  return await Promise.all(listen.map((address) => listener(address, tls)));
}
