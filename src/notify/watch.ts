import type { AlertRule } from "../config/notifications.ts";
import type { AlertKind } from "../config/notification-schema.ts";
import type { PolicyChange } from "../store/policies.ts";
import type { Log } from "../telemetry/log.ts";
import type { Happening } from "./alerts.ts";

/** What is looked at: how servers and the log are, and what became of policy. */
export interface Watched {
  readonly servers: () => readonly {
    readonly name: string;
    readonly state: string;
    readonly last_error: string | undefined;
  }[];
  /** What is wrong with the log over the record; undefined where nothing is. */
  readonly logTrouble: () => string | undefined;
  /** The newest changes, newest first. */
  readonly changes: (limit: number) => Promise<readonly PolicyChange[]>;
}

export interface Watch {
  /** Looks once. Never rejects. */
  readonly look: () => Promise<void>;
  readonly close: () => Promise<void>;
}

const LOOK_MS = 2000;
/** Changes between two looks that are looked at. */
const CHANGES_MOST = 20;
const DOWN: ReadonlySet<string> = new Set(["down", "resting"]);
const TAKEN_BACK: ReadonlySet<string> = new Set(["rollback", "auto-rollback"]);

type Tell = (happening: Happening) => boolean;

/** A server that is down is told of once, later where it could not be told yet; that it is back, only to who heard of it. */
function servers({ servers: list }: Watched, tell: Tell): () => Promise<void> {
  const told = new Set<string>();
  const of = (topic: string, name: string, problem: string | undefined): Happening => {
    const data = { server: name, ...(problem !== undefined && { problem: problem.slice(0, 300) }) };
    return { kind: "upstream", tenant: "default", topic, about: name, key: name, data };
  };
  return async () => {
    for (const { name, state, last_error } of list()) {
      if (!DOWN.has(state)) {
        if (told.delete(name)) tell(of("upstream.up", name, undefined));
      } else if (!told.has(name) && tell(of("upstream.down", name, last_error))) told.add(name);
    }
  };
}

/** A policy that was taken back is told of by every gate, and heard of once. */
function policy({ changes }: Watched, tell: Tell): () => Promise<void> {
  let known: number | undefined;
  return async () => {
    const [last] = await changes(1);
    const seq = last?.seq ?? 0;
    const before = known ?? seq;
    known = seq;
    if (seq <= before) return;
    for (const change of (await changes(CHANGES_MOST)).toReversed()) {
      if (change.seq <= before || !TAKEN_BACK.has(change.act)) continue;
      const id = String(change.seq);
      const data = {
        from: change.before.slice(0, 19),
        to: change.after.slice(0, 19),
        by: change.who.slice(0, 200),
        message: change.message.slice(0, 300),
      };
      tell({ kind: "policy", tenant: "default", topic: "policy.rolled-back", about: id, key: id, data });
    }
  };
}

/** What is wrong with the log is told of once, later where it could not be told yet, and again when it is something else. */
function record({ logTrouble }: Watched, tell: Tell): () => Promise<void> {
  let told: string | undefined;
  return async () => {
    const problem = logTrouble()?.slice(0, 300);
    if (problem === undefined) told = undefined;
    else if (problem !== told) {
      const data = { problem };
      const topic = "log.trouble";
      if (tell({ kind: "log", tenant: "default", topic, about: "log", key: problem, data })) told = problem;
    }
  };
}

/** Looks every two seconds at what alerts are about and calls do not show; undefined where none is about that. */
export function watch(
  alerts: readonly AlertRule[],
  watched: Watched,
  tell: Tell,
  log: Pick<Log, "warn">,
): Watch | undefined {
  const wants = (kind: AlertKind): boolean => alerts.some(({ on }) => on.includes(kind));
  const looks = [
    ...(wants("upstream") ? [servers(watched, tell)] : []),
    ...(wants("policy") ? [policy(watched, tell)] : []),
    ...(wants("log") ? [record(watched, tell)] : []),
  ];
  if (looks.length === 0) return undefined;
  let trouble = "";
  let under: Promise<void> = Promise.resolve();
  const look = async (): Promise<void> => {
    try {
      for (const each of looks) await each();
      trouble = "";
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      if (trouble !== why) log.warn({ why }, "what alerts are about cannot be looked at");
      trouble = why;
    }
  };
  const turn = (): void => {
    under = under.then(look);
  };
  turn();
  const timer = setInterval(turn, LOOK_MS).unref();
  return {
    look,
    async close() {
      clearInterval(timer);
      await under;
    },
  };
}
