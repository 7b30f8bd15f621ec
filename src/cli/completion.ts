import { CLIENTS } from "../clients/client.ts";
import type { CommandLine } from "./command-line.ts";
import { COMMANDS } from "./commands.ts";
import { Failure } from "./failure.ts";
import { print } from "./out.ts";

/** The names under `mcpServers:` of ./portcullis.yaml, as `init` writes it; read by awk, because nothing of ours runs. */
const SERVERS = `awk '/^mcpServers:/ { on = 1; next } /^[^ #]/ { on = 0 } on && match($0, /^  [A-Za-z0-9][A-Za-z0-9._-]*:/) { print substr($0, 3, RLENGTH - 3) }' portcullis.yaml 2>/dev/null`;

/** Groups of commands: what may follow is one of their members. */
function groups(): readonly string[] {
  return [...new Set(COMMANDS.flatMap(({ name }) => (name.includes(" ") ? [name.split(" ")[0] ?? ""] : [])))];
}

/** Words that may follow: after nothing the commands, after a group its members, after a command its options. */
function following(): ReadonlyMap<string, readonly string[]> {
  const table = new Map<string, string[]>();
  const put = (after: string, ...words: readonly string[]): void => {
    const known = table.get(after) ?? [];
    table.set(after, [...known, ...words.filter((word) => !known.includes(word))]);
  };
  for (const line of COMMANDS) {
    const [group, member] = line.name.split(" ");
    put("", group ?? "", ...(line.aliases ?? []));
    if (member !== undefined) put(group ?? "", member);
    for (const name of [line.name, ...(line.aliases ?? [])]) put(name, ...flagsOf(line));
  }
  put("", "--help", "--version");
  put("completion", "bash", "zsh", "fish");
  put("servers inspect", `$(${SERVERS})`);
  for (const name of ["connect", "disconnect"]) put(name, ...CLIENTS.map(({ id }) => id));
  return table;
}

function flagsOf(line: CommandLine): readonly string[] {
  const flags = (line.options ?? []).flatMap(({ flags }) => flags.match(/--[a-z-]+/g) ?? []);
  return [...flags, "--help"];
}

/** What may follow an option: its choices. */
function values(): ReadonlyMap<string, string> {
  const table = new Map([["--server", `$(${SERVERS})`]]);
  for (const { flags, choices } of COMMANDS.flatMap(({ options = [] }) => options)) {
    const name = /--[a-z-]+/.exec(flags)?.[0];
    if (name !== undefined && choices !== undefined) table.set(name, choices.join(" "));
  }
  return table;
}

function bash(): string {
  const cases = [...following()].map(([after, words]) => `    "${after}") words="${words.join(" ")}" ;;`);
  const chosen = [...values()].map(([flag, words]) => `    ${flag}) words="${words}" ;;`);
  return `# portcullis completion for bash; also read by zsh after bashcompinit
_portcullis() {
  local cur="\${COMP_WORDS[COMP_CWORD]}" key="" word words="" i
  for ((i = 1; i < COMP_CWORD && i < 3; i++)); do
    word="\${COMP_WORDS[i]}"
    case "$word" in -*) break ;; esac
    if [ "$i" = 1 ]; then key="$word"; else case "$key $word" in ${members()}) key="$key $word" ;; esac; fi
  done
  case "$key" in
${cases.join("\n")}
  esac
  case "\${COMP_WORDS[COMP_CWORD-1]}" in
    --config) words="" ;;
${chosen.join("\n")}
  esac
  COMPREPLY=($(compgen -W "$words" -- "$cur"))
  [ -n "\${COMPREPLY[*]}" ] || COMPREPLY=($(compgen -f -- "$cur"))
}
complete -F _portcullis portcullis
`;
}

/** Every command that is a member of a group, as a pattern of a shell. */
function members(): string {
  return COMMANDS.flatMap(({ name }) => (name.includes(" ") ? [`"${name}"`] : [])).join("|");
}

function fish(): string {
  const quote = (text: string): string => `'${text.replaceAll("'", String.raw`\'`)}'`;
  const after = values();
  const rows = COMMANDS.flatMap((line) => {
    const [group = "", member] = line.name.split(" ");
    const names = [group, ...(line.aliases ?? [])];
    const first = names.map(
      (name) =>
        `complete -c portcullis -f -n __fish_use_subcommand -a ${name}${member === undefined ? ` -d ${quote(line.about)}` : ""}`,
    );
    const alone = groups().includes(group) && COMMANDS.some(({ name }) => name === group);
    const own =
      member === undefined
        ? first
        : [
            `complete -c portcullis -f -n '__fish_seen_subcommand_from ${group}' -a ${member} -d ${quote(line.about)}`,
            ...(alone ? [] : first),
          ];
    const seen = `'__fish_seen_subcommand_from ${member ?? names.join(" ")}'`;
    const flags = (line.options ?? []).map(({ flags, about }) => {
      const name = /--([a-z-]+)/.exec(flags)?.[1] ?? "";
      const words = name === "server" ? `(${SERVERS})` : after.get(`--${name}`);
      return `complete -c portcullis -n ${seen} -l ${name}${words === undefined ? "" : ` -x -a ${quote(words)}`} -d ${quote(about)}`;
    });
    return [...own, ...flags];
  });
  const shells = "complete -c portcullis -f -n '__fish_seen_subcommand_from completion' -a 'bash zsh fish'";
  const clients = `complete -c portcullis -f -n '__fish_seen_subcommand_from connect disconnect' -a '${CLIENTS.map(({ id }) => id).join(" ")}'`;
  const servers = `complete -c portcullis -f -n '__fish_seen_subcommand_from inspect' -a ${quote(`(${SERVERS})`)}`;
  return `# portcullis completion for fish\n${[...new Set([...rows, shells, clients, servers])].join("\n")}\n`;
}

/** `portcullis completion SHELL`: a script that the shell reads; it runs nothing of ours while a person types. */
export async function completion(words: readonly string[]): Promise<number> {
  switch (words[0] ?? "") {
    case "bash":
      await print(bash().trimEnd());
      return 0;
    case "zsh":
      await print(
        `autoload -U +X compinit && compinit\nautoload -U +X bashcompinit && bashcompinit\n${bash().trimEnd()}`,
      );
      return 0;
    case "fish":
      await print(fish().trimEnd());
      return 0;
    default:
      throw new Failure(2, `no completion for ${JSON.stringify(words[0])}`, "bash, zsh and fish are here");
  }
}
