import { Argument, Command, CommanderError, InvalidArgumentError, Option as Flag } from "commander";
import type { CommandLine, Option } from "./command-line.ts";
import { COMMANDS, GROUPS } from "./commands.ts";
import { readDuration } from "../document/duration.ts";
import { put } from "./out.ts";
import { hasColor, say, tell } from "./say.ts";
import { version } from "../config/version.ts";

const READERS: Readonly<Record<NonNullable<Option["read"]>, (text: string) => unknown>> = {
  port(text) {
    if (/^\d{1,5}$/.test(text) && Number(text) <= 65_535) return Number(text);
    throw new InvalidArgumentError("Write a whole number from 0 to 65535.");
  },
  count(text) {
    if (/^[1-9]\d{0,3}$/.test(text)) return Number(text);
    throw new InvalidArgumentError("Write a whole number from 1 to 9999.");
  },
  duration(text) {
    const duration = readDuration(text);
    if (duration === undefined) throw new InvalidArgumentError("Write 30s, 15m, 24h or 7d.");
    return duration;
  },
  instant(text) {
    const ago = readDuration(text);
    const instant = ago === undefined ? Date.parse(text) : Date.now() - ago;
    // A date alone is a day of UTC, as records have them; `Date.parse` takes much else, which nobody would guess.
    if (
      ago === undefined &&
      (!/^\d{4}-\d{2}-\d{2}(?:T[\d:.]+(?:Z|[+-]\d{2}:\d{2})?)?$/.test(text) || Number.isNaN(instant))
    )
      throw new InvalidArgumentError("Write 2026-11-20, 2026-11-20T08:00:00Z, or 24h for so long ago.");
    return instant;
  },
  object(text) {
    let value: unknown;
    try {
      value = JSON.parse(text);
    } catch (error) {
      throw new InvalidArgumentError(`Not JSON: ${(error as Error).message}.`);
    }
    if (typeof value !== "object" || value === null || Array.isArray(value))
      throw new InvalidArgumentError("Not a JSON object.");
    return value;
  },
};

function flagOf(option: Option): Flag {
  const flag = new Flag(option.flags, option.about);
  if (option.choices !== undefined) flag.choices([...option.choices]);
  if (option.read !== undefined) flag.argParser(READERS[option.read]);
  if (option.many) flag.argParser<readonly string[]>((text, before) => [...(before ?? []), text]);
  if (option.required) flag.makeOptionMandatory();
  return flag;
}

function examples(lines: CommandLine["examples"]): string {
  const width = Math.min(60, Math.max(...lines.map(([line]) => line.length)));
  const rows = lines.map(([line, purpose]) =>
    line.length > width
      ? `  ${line}\n  ${" ".repeat(width)}  ${purpose}`
      : `  ${line.padEnd(width)}  ${purpose}`,
  );
  return `${rows.join("\n")}\n`;
}

const FIRST: CommandLine["examples"] = [
  ["portcullis init --import", "a configuration from the servers your clients know"],
  ["portcullis start", "the gate in front of them"],
  ["portcullis logs -f", "what passes through it, and what does not"],
  ["portcullis wrap -- npx -y some-mcp-server", "one server, without a configuration"],
];

const EXIT_CODES = `Exit codes:
  0    done
  1    the answer is no, or a check failed
  2    wrong use, or a wrong configuration
  3    something that is needed cannot be reached
  130  interrupted
\`wrap\` and \`proxy -- CMD\` end with the code of what they run.`;

/** Commander's message in one line: what is wrong, and what was probably meant. */
function plainly(text: string): string {
  return text
    .replace(/^error: /, "")
    .replace(/\n\(Did you mean (.*)\?\)/, ": did you mean $1?")
    .trimEnd();
}

/** `portcullis policy check`: how the help of a command is asked for. */
function path(command: Command): string {
  return command.parent === null ? command.name() : `${path(command.parent)} ${command.name()}`;
}

/** How a command line that cannot be understood, or help that was asked for, ends. */
function settle(command: Command): Command {
  return command
    .exitOverride()
    .helpCommand(false)
    .helpOption("-h, --help", "this text")
    .configureOutput({
      // As all data: a reader that went away (`--help | head`) ends it quietly.
      writeOut: (text) => void put(text),
      outputError: (text) => {
        say("fail", plainly(text));
        tell(`     fix: ${path(command)} --help`);
      },
      getOutHasColors: () => hasColor(process.stdout),
    });
}

function add(parent: Command, line: CommandLine, done: (code: number) => void): Command {
  const name = line.name.split(" ").at(-1) ?? line.name;
  const command = settle(parent.command(name))
    .summary(line.about)
    .description(`${line.about.charAt(0).toUpperCase()}${line.about.slice(1)}.`);
  for (const alias of line.aliases ?? []) command.alias(alias);
  for (const word of line.words?.split(" ") ?? []) command.addArgument(new Argument(word));
  for (const option of line.options ?? []) command.addOption(flagOf(option));
  // What follows a command that is run belongs to it, even without `--`.
  if (name === "wrap" || name === "proxy") command.passThroughOptions();
  command.addHelpText("before", examples(line.examples));
  command.action(async () => {
    const run = await line.load();
    done(await run(command.args, command.opts()));
  });
  return command;
}

/** The command line as commander knows it. `done` hears the exit code of the command that ran. */
function program(done: (code: number) => void): Command {
  const root = settle(new Command("portcullis"))
    .description("The gate between AI agents and MCP servers.")
    .usage("<command>")
    .version(version(), "-V, --version", "the version")
    .enablePositionalOptions()
    .addHelpText("before", examples(FIRST))
    .addHelpText(
      "after",
      `\n\`portcullis <command> --help\` shows each command by example.\n\n${EXIT_CODES}`,
    );
  const groups = new Map<string, Command>();
  for (const line of COMMANDS) {
    const [group, member] = line.name.split(" ");
    if (group === undefined || member === undefined) {
      groups.set(line.name, add(root, line, done));
      continue;
    }
    const known =
      groups.get(group) ??
      settle(root.command(group))
        .description(GROUPS[group] ?? "")
        .usage("<command>");
    groups.set(group, known);
    add(known, line, done);
  }
  return root;
}

/** Runs one command line (without `node` and the script); gives the exit code. Failures of commands throw on. */
export async function run(words: readonly string[]): Promise<number> {
  let code = 0;
  const root = program((ended) => {
    code = ended;
  });
  try {
    await root.parseAsync([...words], { from: "user" });
    return code;
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    // Help that was asked for is an answer; help because nothing was asked is not.
    return error.exitCode === 0 ? 0 : 2;
  }
}
