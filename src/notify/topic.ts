/** What a notice may show, by the members of its letter's data, in the order in which they are shown. Nothing else is. */
export const FIELDS = [
  ["principal", "Who"],
  ["tenant", "Tenant"],
  ["server", "Server"],
  ["tool", "Call"],
  ["method", "Method"],
  ["rule", "Rule"],
  ["why", "Why"],
  ["problem", "Problem"],
  ["limit", "Limit"],
  ["used", "Used"],
  ["approvers", "Approvers"],
  ["quorum", "Approvals needed"],
  ["decision", "Decision"],
  ["by", "By"],
  ["until", "Until"],
  ["from", "From"],
  ["to", "To"],
  ["message", "Message"],
] as const;

/** What a kind of notice is called, and what its reader can do next. */
export interface Topic {
  readonly title: string;
  /** A command that shows more, where there is no page; `about` is the id of what it is about. */
  readonly command?: (about: string) => string;
}

const why = (about: string): string => `portcullis why ${about}`;
const doctor = (): string => "portcullis doctor";

const TOPICS: Readonly<Record<string, Topic>> = {
  "approval.asked": {
    title: "Approval needed",
    command: (about) => `portcullis approve ${about}, or portcullis deny ${about}`,
  },
  "approval.decided": { title: "Approval decided" },
  "approval.expired": { title: "Nobody approved in time" },
  "access.taken": { title: "Somebody broke the glass" },
  "limit.alert": { title: "Limit nearly used up", command: why },
  "limit.exceeded": { title: "Limit used up", command: why },
  violation: { title: "Call denied", command: why },
  "upstream.down": { title: "Server down", command: doctor },
  "upstream.up": { title: "Server is back" },
  "policy.rolled-back": {
    title: "Policy taken back",
    command: () => "portcullis policy versions --changes",
  },
  "log.trouble": { title: "The log over the record is not well", command: () => "portcullis audit verify" },
  test: { title: "Test notice" },
};

/** What is known of a topic; one that has no entry is called by its own name. */
export function topicOf(name: string): Topic {
  return (Object.hasOwn(TOPICS, name) ? TOPICS[name] : undefined) ?? { title: name };
}
