import { dirname } from "node:path";
import { type Found, type FoundList, type FoundServer, findClients } from "../../clients/find.ts";
import { tilde } from "../clients/plans.ts";
import { bounded, type Finding } from "./finding.ts";

/** Which list wins where two name the same server: the one that is nearer to the project. */
const NEARNESS = { user: 0, project: 1, local: 2 } as const satisfies Record<FoundList["scope"], number>;

function where({ client, file, project }: FoundList): string {
  return `${client.label}  ${tilde(file)}${project === undefined ? "" : ` (project ${tilde(project)})`}`;
}

const governed = ({ wrapped, gate }: FoundServer): boolean => wrapped || gate;

function listed(list: FoundList): readonly Finding[] {
  const check = "client";
  const running = list.servers.filter(({ disabled }) => !disabled);
  if (running.length === 0) return [];
  const outside = running.filter((server) => !governed(server));
  const count = `${where(list)}  ${running.length - outside.length} of ${running.length} servers behind the gate`;
  if (outside.length === 0) return [{ level: "ok", check, message: count }];
  const names = outside.map(({ name }) => name).join(", ");
  const programs = outside.some(({ kind }) => kind === "program");
  return [
    {
      level: "warn",
      check,
      message: `${count}; not: ${names}`,
      fix: programs
        ? "portcullis wrap --all"
        : `add it to mcpServers: of portcullis.yaml, then portcullis connect ${list.client.id}`,
    },
  ];
}

function secrets(list: FoundList): readonly Finding[] {
  return list.servers.flatMap(({ name, kind, secrets }): readonly Finding[] =>
    secrets.length === 0
      ? []
      : [
          {
            level: "warn",
            check: "secrets",
            message: `${where(list)}  ${name}: ${secrets.join(", ")} in clear`,
            fix:
              kind === "program"
                ? "portcullis wrap --all --move-secrets"
                : `take it out of ${tilde(list.file)}, and write \${NAME} in portcullis.yaml`,
          },
        ],
  );
}

/** A server that is wrapped in one list, and stands unwrapped in another of the same client that wins. */
function shadowed(lists: readonly FoundList[]): readonly Finding[] {
  return lists.flatMap((list) =>
    list.servers.filter(governed).flatMap(({ name }): readonly Finding[] => {
      const winner = lists
        .filter((other) => other.client.id === list.client.id && NEARNESS[other.scope] > NEARNESS[list.scope])
        .flatMap((other) =>
          other.servers
            .filter((server) => server.name === name && !server.disabled)
            .map((server) => ({ other, server })),
        )
        .find(({ server }) => !governed(server));
      if (winner === undefined) return [];
      const folder = winner.other.project ?? dirname(winner.other.file);
      return [
        {
          level: "warn",
          check: "client",
          message: `${list.client.label}  \`${name}\` also stands in ${tilde(winner.other.file)}, which wins there and is NOT behind the gate`,
          fix: `cd ${folder} && portcullis wrap --all`,
        },
      ];
    }),
  );
}

/** The clients on this machine: what they start past the gate, what they keep in clear, what cannot be read. */
export function clients({ lists, problems }: Found = findClients()): readonly Finding[] {
  const unreadable = problems.map(
    ({ client, file, message, fix }): Finding => ({
      level: "fail",
      check: "client",
      message: `${client.label}  ${tilde(file)} ${message}`,
      fix,
    }),
  );
  const findings = [
    ...lists.flatMap(listed),
    ...shadowed(lists),
    ...bounded(lists.flatMap(secrets), "secrets"),
    ...unreadable,
  ];
  if (findings.length > 0) return findings;
  return [{ level: "ok", check: "client", message: "no client on this machine has a list of servers" }];
}
