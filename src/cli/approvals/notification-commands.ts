import { CONFIG, type CommandLine, JSON_LINES } from "../command-line.ts";

/** The commands about notices to people and other systems. */
export const NOTIFICATION_COMMANDS: readonly CommandLine[] = [
  {
    name: "notifications",
    about: "notices that were sent, wait to be sent, or were given up, newest last",
    options: [
      { flags: "--state <state>", about: "only those", choices: ["due", "sent", "dead"] },
      { flags: "--tenant <id>", about: "whose; everybody's if absent" },
      CONFIG,
      JSON_LINES,
    ],
    examples: [
      ["portcullis notifications", "the newest 100"],
      ["portcullis notifications --state dead", "what could not be sent for a day, and why"],
    ],
    load: async () => (await import("./notifications.ts")).notifications,
  },
  {
    name: "notifications test",
    words: "<channel>",
    about: "send one test notice to a channel now, and say what came of it",
    options: [CONFIG, JSON_LINES],
    examples: [
      [
        "portcullis notifications test slack://ops-channel",
        "exit code 1 where it is refused, 3 out of reach",
      ],
      ["portcullis notifications test mailto:ana@example.com", "through the relay of `notifications.mail`"],
    ],
    load: async () => (await import("./notifications-test.ts")).test,
  },
  {
    name: "notifications resend",
    words: "<id>",
    about: "let a running gate send a notice that was given up",
    options: [CONFIG, JSON_LINES],
    examples: [
      ["portcullis notifications resend ntc_01kah6qv9ye5svxc7r4jzd0m2n", "an id as `notifications` shows it"],
    ],
    load: async () => (await import("./notifications.ts")).resend,
  },
];
