import { isObject, type JsonObject, member } from "../../../call/json.ts";
import type { Edit } from "../../../call/verdict.ts";
import { type Frame, frameOf, type RequestId } from "../../../wire/frame.ts";
import { resourcesOf } from "../../../wire/methods.ts";
import { META } from "../../../wire/revision.ts";
import { cancelled, outpaced, wordsOf } from "../../failure.ts";
import type { Ending, Listener } from "../../leg.ts";
import { outbox } from "../../outbox.ts";
import type { Session } from "./session.ts";

/** Somebody who follows changes. */
export interface Follower {
  /** A promise holds the server back. */
  readonly hear: (frame: Frame) => void | Promise<void>;
}

/** Which change is asked for by which key, and what a server must declare to send it. */
const LISTS = [
  { asked: "toolsListChanged", of: "tools", method: "notifications/tools/list_changed" },
  { asked: "promptsListChanged", of: "prompts", method: "notifications/prompts/list_changed" },
  { asked: "resourcesListChanged", of: "resources", method: "notifications/resources/list_changed" },
] as const;
const UPDATED = "notifications/resources/updated";
const RESOURCES_MOST = 256;

/** Whether a server's notification says that something changed. */
export function isChange(method: string): boolean {
  return method === UPDATED || LISTS.some((list) => list.method === method);
}

/** What one subscription gets. */
interface Honoured {
  readonly lists: readonly (typeof LISTS)[number][];
  readonly resources: readonly string[];
}

/**
 * Follows a session's changes until the client leaves (Fault `cancelled`) or the session is over (the final result). The
 * acknowledgement of what is honoured comes first, everything is tagged with the subscription's id, and nothing comes
 * that was not asked for (2026-07-28, subscriptions). `params` are those of `subscriptions/listen`.
 */
export async function follow(
  session: Session,
  id: RequestId,
  params: JsonObject,
  listener: Listener,
  signal: AbortSignal,
): Promise<Ending> {
  const honoured = await honour(session, params);
  const slow = new AbortController();
  const out = outbox(listener, session.boxes, () => slow.abort());
  const follower: Follower = {
    hear: (frame) => {
      const tagged = told(honoured, frame, id);
      return tagged === undefined ? undefined : out.put({ frame: tagged });
    },
  };
  try {
    if (signal.aborted) throw cancelled(session.leg.server);
    void out.put({ frame: acknowledgement(honoured, id) });
    session.followers.add(follower);
    await untilOver(session, signal, slow.signal);
  } finally {
    session.followers.delete(follower);
    out.drop();
    for (const uri of honoured.resources) unsubscribe(session, uri);
  }
  const result = { resultType: "complete", _meta: { [META.subscription]: id } };
  return {
    kind: "answer",
    frame: frameOf({ kind: "result", id, result }),
    status: 200,
    streamed: true,
  };
}

/** What the server declares it can tell, of what the client asks; nothing where it has no stream to tell it on. */
async function honour(session: Session, params: JsonObject): Promise<Honoured> {
  const capabilities = member(session.greeting, "capabilities");
  const declares = (of: string, what: string): boolean => member(member(capabilities, of), what) === true;
  const filter = member(params, "notifications");
  const lists = LISTS.filter(
    ({ asked, of }) => member(filter, asked) === true && declares(of, "listChanged"),
  );
  const uris = declares("resources", "subscribe")
    ? [...new Set(resourcesOf(params))].slice(0, RESOURCES_MOST)
    : [];
  if ((lists.length === 0 && uris.length === 0) || !(await session.streaming))
    return { lists: [], resources: [] };
  const taken = await Promise.all(uris.map(async (uri) => ((await subscribe(session, uri)) ? [uri] : [])));
  return { lists, resources: taken.flat() };
}

function acknowledgement({ lists, resources }: Honoured, id: RequestId): Frame {
  const notifications = {
    ...Object.fromEntries(lists.map(({ asked }) => [asked, true])),
    ...(resources.length > 0 && { resourceSubscriptions: resources }),
  };
  return frameOf({
    kind: "notification",
    method: "notifications/subscriptions/acknowledged",
    params: { notifications, _meta: { [META.subscription]: id } },
  });
}

/** A change as the subscription of that id is told it; undefined where it did not ask for it. */
function told({ lists, resources }: Honoured, frame: Frame, id: RequestId): Frame | undefined {
  const { message } = frame;
  if (message.kind !== "notification") return undefined;
  const asked =
    message.method === UPDATED
      ? resources.some((uri) => isWithin(message.params["uri"], uri))
      : lists.some(({ method }) => method === message.method);
  if (!asked) return undefined;
  const meta = member(message.params, "_meta");
  const tag: Edit =
    meta === undefined || isObject(meta)
      ? { kind: "set", path: ["params", "_meta", META.subscription], to: id }
      : { kind: "set", path: ["params", "_meta"], to: { [META.subscription]: id } };
  return frame.edit([tag]);
}

/** A server may name a part of what is followed (2025-11-25, `ResourceUpdatedNotification`). */
function isWithin(updated: unknown, followed: string): boolean {
  if (typeof updated !== "string") return false;
  return updated === followed || updated.startsWith(followed.endsWith("/") ? followed : `${followed}/`);
}

/** One `resources/subscribe` serves all who follow the same. Gives whether the server took it. */
async function subscribe(session: Session, uri: string): Promise<boolean> {
  const known = session.followed.get(uri);
  if (known !== undefined) {
    known.followers += 1;
    return (await known.taken) || leave(session, uri);
  }
  const taken = session.ask("resources/subscribe", { uri }).then(
    (result) => result !== undefined,
    () => false,
  );
  session.followed.set(uri, { followers: 1, taken });
  return (await taken) || leave(session, uri);
}

function leave({ followed }: Session, uri: string): false {
  const known = followed.get(uri);
  if (known === undefined) return false;
  known.followers -= 1;
  if (known.followers === 0) followed.delete(uri);
  return false;
}

/** When the last has left, the server is told. */
function unsubscribe(session: Session, uri: string): void {
  leave(session, uri);
  if (session.followed.has(uri) || session.over.signal.aborted) return;
  session.ask("resources/unsubscribe", { uri }).catch((error: unknown) => {
    session.log.debug({ server: session.leg.server, why: wordsOf(error) }, "a subscription was not ended");
  });
}

/** Resolves when the session is over; rejects when the client left, or is too slow for the others. */
function untilOver({ over, leg }: Session, left: AbortSignal, slow: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const done = new AbortController();
    const on = (signal: AbortSignal, then: () => void): void =>
      signal.addEventListener(
        "abort",
        () => {
          done.abort();
          then();
        },
        { once: true, signal: done.signal },
      );
    if (over.signal.aborted) return resolve();
    on(over.signal, resolve);
    on(left, () => reject(cancelled(leg.server)));
    on(slow, () => reject(outpaced(leg.server)));
  });
}
