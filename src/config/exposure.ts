import type { Address, Listener, Server } from "./config.ts";
import type { Findings, Origin } from "./origin.ts";
import type { ConfigFile } from "./schema.ts";

interface Reading {
  readonly file: ConfigFile;
  readonly origin: Origin;
  readonly findings: Findings;
}

const PORT_MOST = 65_535;

/** A key that means nothing under this exposure: said, so that nobody relies on it. */
function refuseUnmeant({ file, origin, findings }: Reading, { name }: Server): void {
  const entry = file.mcpServers?.[name];
  const exposure = file.exposure ?? "unified";
  const wrong = (key: string, message: string, hint: string): void => {
    findings.problems.push(origin.problem(["mcpServers", name, key], message, hint));
  };
  if (exposure === "unified" && entry?.expose === "separate")
    wrong(
      "expose",
      "under `exposure: unified` no server has an address of its own",
      "write `exposure: hybrid`",
    );
  if (exposure === "multi_port" && entry?.expose === "unified")
    wrong(
      "expose",
      "under `exposure: multi_port` every server has an address of its own",
      "write `exposure: hybrid`",
    );
  if (entry?.port === undefined || exposure === "multi_port" || entry.expose === "separate") return;
  const mend = exposure === "hybrid" ? "write `expose: separate` beside it" : "write `exposure: hybrid`";
  wrong("port", "only a server with an address of its own has a port", mend);
}

function isSeparate({ exposure, mcpServers }: ConfigFile, { name }: Server): boolean {
  if (exposure === "hybrid") return mcpServers?.[name]?.expose === "separate";
  return exposure === "multi_port";
}

/** The servers that have a listener of their own, and so are not behind the common ones. */
export function separateOf(listen: readonly Listener[]): ReadonlySet<string> {
  return new Set(listen.flatMap(({ server }) => server ?? []));
}

/**
 * Where the gate listens: at the base addresses for what is unified, and once for each server with an address of its
 * own, at the base port + 1 + its place among them unless it names a port. What is wrong is in
 * the findings.
 */
export function exposed(
  reading: Reading,
  base: readonly Address[],
  servers: readonly Server[],
): readonly Listener[] {
  const { file, origin, findings } = reading;
  for (const server of servers) refuseUnmeant(reading, server);
  const own = servers
    .filter((server) => isSeparate(file, server))
    .flatMap(({ name }, index) =>
      base.map(({ host, port }): Listener => {
        const derived = port === 0 ? 0 : port + 1 + index;
        return { host, port: file.mcpServers?.[name]?.port ?? derived, server: name };
      }),
    );
  const taken = new Map<string, Listener>(base.map((at) => [`${at.host}:${at.port}`, at]));
  for (const at of own) {
    const path = ["mcpServers", at.server ?? "", ...(hasPort(file, at) ? ["port"] : [])];
    const where = hasPort(file, at) ? "value" : "key";
    const other = at.port === 0 ? undefined : taken.get(`${at.host}:${at.port}`);
    taken.set(`${at.host}:${at.port}`, at);
    if (at.port > PORT_MOST)
      findings.problems.push(origin.problem(path, `its port would be ${at.port}`, "write `port:`", where));
    if (other === undefined) continue;
    const whose = other.server === undefined ? "`listen:` has" : `${other.server} has`;
    findings.problems.push(
      origin.problem(path, `${whose} port ${at.port} already`, "write another `port:`", where),
    );
  }
  return [...base, ...own];
}

function hasPort(file: ConfigFile, { server }: Listener): boolean {
  return server !== undefined && file.mcpServers?.[server]?.port !== undefined;
}
