import { CLIENTS } from "../clients/client.ts";
import { COMMANDS, type CommandLine } from "./commands.ts";
import { Failure } from "./failure.ts";
import { print } from "./out.ts";

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
  for (const name of ["connect", "disconnect"]) put(name, ...CLIENTS.map(({ id }) => id));
  return table;
}

function flagsOf(line: CommandLine): readonly string[] {
  const flags = (line.options ?? []).flatMap(({ flags }) => flags.match(/--[a-z-]+/g) ?? []);
  return [...flags, "--help"];
}

function bash(): string {
  const cases = [...following()].map(([after, words]) => `    "${after}") words="${words.join(" ")}" ;;`);
  return `# portcullis completion for bash; also read by zsh after bashcompinit
_portcullis() {
  local cur="\${COMP_WORDS[COMP_CWORD]}" key="" word words="" i
  for ((i = 1; i < COMP_CWORD && i < 3; i++)); do
    word="\${COMP_WORDS[i]}"
    case "$word" in -*) break ;; esac
    if [ "$i" = 1 ]; then key="$word"; elif [ "$key" = policy ]; then key="$key $word"; fi
  done
  case "$key" in
${cases.join("\n")}
  esac
  case "\${COMP_WORDS[COMP_CWORD-1]}" in --config) words="" ;; esac
  COMPREPLY=($(compgen -W "$words" -- "$cur"))
  [ -n "\${COMPREPLY[*]}" ] || COMPREPLY=($(compgen -f -- "$cur"))
}
complete -F _portcullis portcullis
`;
}

function fish(): string {
  const quote = (text: string): string => `'${text.replaceAll("'", String.raw`\'`)}'`;
  const rows = COMMANDS.flatMap((line) => {
    const [group = "", member] = line.name.split(" ");
    const names = [group, ...(line.aliases ?? [])];
    const first = names.map(
      (name) =>
        `complete -c portcullis -f -n __fish_use_subcommand -a ${name}${member === undefined ? ` -d ${quote(line.about)}` : ""}`,
    );
    const own =
      member === undefined
        ? first
        : [
            `complete -c portcullis -f -n '__fish_seen_subcommand_from ${group}' -a ${member} -d ${quote(line.about)}`,
            ...first,
          ];
    const seen = `'__fish_seen_subcommand_from ${member ?? names.join(" ")}'`;
    const flags = (line.options ?? []).map(
      ({ flags, about }) =>
        `complete -c portcullis -n ${seen} -l ${/--([a-z-]+)/.exec(flags)?.[1] ?? ""} -d ${quote(about)}`,
    );
    return [...own, ...flags];
  });
  const shells = "complete -c portcullis -f -n '__fish_seen_subcommand_from completion' -a 'bash zsh fish'";
  const clients = `complete -c portcullis -f -n '__fish_seen_subcommand_from connect disconnect' -a '${CLIENTS.map(({ id }) => id).join(" ")}'`;
  return `# portcullis completion for fish\n${[...new Set([...rows, shells, clients])].join("\n")}\n`;
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
