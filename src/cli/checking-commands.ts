import { CONFIG, type CommandLine, JSON_LINES, type Option } from "./command-line.ts";

const OPTIONS: readonly Option[] = [CONFIG, JSON_LINES];

/** The commands that look at what is there. */
export const CHECKING_COMMANDS: readonly CommandLine[] = [
  {
    name: "servers",
    about: "the configured servers, each asked now: era, transport, what they offer, what is wrong",
    options: OPTIONS,
    examples: [
      ["portcullis servers", "all of them, at once"],
      ["portcullis servers inspect files", "one, with everything that it offers"],
    ],
    load: async () => (await import("./servers/servers.ts")).servers,
  },
  {
    name: "servers inspect",
    words: "<name>",
    about: "one server: its tools, prompts and resources, and what policy says to each for you",
    options: OPTIONS,
    examples: [
      ["portcullis servers inspect files", "what is listed, hidden or denied, and by which rule"],
      ["portcullis servers inspect files --json", "with each definition, for other programs"],
    ],
    load: async () => (await import("./servers/inspect.ts")).inspect,
  },
  {
    name: "doctor",
    about: "check everything that a person would ask about; each failure names its fix",
    options: OPTIONS,
    examples: [
      ["portcullis doctor", "exit code 1 where something fails"],
      ["portcullis doctor --json", "for other programs"],
    ],
    load: async () => (await import("./doctor/doctor.ts")).doctor,
  },
];
