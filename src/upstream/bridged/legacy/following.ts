import { type JsonObject, member } from "../../../call/json.ts";
import { type Frame, frameOf } from "../../../wire/frame.ts";
import { META } from "../../../wire/revision.ts";
import { wordsOf } from "../../failure.ts";
import type { Leg, Listener } from "../../leg.ts";
import type { Crossing } from "../crossing.ts";
import { type Outlet, outlet } from "./outlet.ts";
import { type Retries, retries } from "./retries.ts";
import { type Open, Succession } from "./succession.ts";
import { tally } from "./tally.ts";

/** `notifications/…` by the member of the filter that asks for it (2026-07-28, subscriptions). */
const LISTS = {
  toolsListChanged: "notifications/tools/list_changed",
  promptsListChanged: "notifications/prompts/list_changed",
  resourcesListChanged: "notifications/resources/list_changed",
} as const;
const UPDATED = "notifications/resources/updated";
type ListFlag = keyof typeof LISTS;
export const LIST_FLAGS = Object.keys(LISTS) as readonly ListFlag[];

export interface Followed extends Pick<Crossing, "server" | "timeout_ms" | "log"> {
  readonly open: () => Promise<Leg>;
  readonly envelope: JsonObject;
  /** The lists whose changes the server advertises. */
  readonly lists: readonly ListFlag[];
  /** A list is not what it was. */
  readonly changed: (method: string) => void;
}

/**
 * What one legacy client follows: its own resources, and the lists of which the server says that they change. One
 * `subscriptions/listen` is for all of it, asked anew with each change. What comes on two of them is told once; where the
 * server broke one off, all that it would have told counts as changed once it is there again.
 */
export class Following {
  readonly #of: Followed;
  readonly #uris = new Set<string>();
  readonly #out: Outlet;
  readonly #told = tally<Open>();
  readonly #line: Succession;
  readonly #later: Retries;
  #listened = false;
  #broken = false;
  #last: Promise<unknown> = Promise.resolve();
  #next: Promise<JsonObject> | undefined;

  constructor(of: Followed) {
    this.#of = of;
    this.#out = outlet(of.server, of.log);
    const again = (): void => void this.#renewed().catch(() => undefined);
    this.#later = retries(of.server, of.log, again, () => this.#out.end());
    this.#line = new Succession({
      ...of,
      begun: (one) => this.#told.open(one),
      heard: (one, frame) => this.#heard(one, frame),
      over: (one) => this.#told.end(one),
      even: () => this.#told.even,
      lost: ({ since_ms }) => {
        this.#broken = true;
        this.#later.began(since_ms);
        this.#later.failed("it ended");
      },
    });
  }

  get uris(): ReadonlySet<string> {
    return this.#uris;
  }

  /** Follows a resource from now on; resolves with whether the server will tell of it. Rejects as `subscribe` does. */
  async add(uri: string): Promise<boolean> {
    const known = this.#uris.has(uri);
    this.#uris.add(uri);
    try {
      const honours = urisIn(await this.#renewed()).includes(uri);
      if (!honours) this.#uris.delete(uri);
      return honours;
    } catch (error) {
      if (!known) this.#uris.delete(uri);
      throw error;
    }
  }

  /** Where the server cannot be told now it is told later; nothing of it gets through meanwhile. */
  async remove(uri: string): Promise<void> {
    if (this.#uris.delete(uri)) await this.#renewed().catch(() => undefined);
  }

  /** The client's stream, until it or the session ends. */
  listen(listener: Listener, signal: AbortSignal): Promise<"ended"> {
    const listening = this.#out.listen(listener, signal);
    this.#listened = true;
    this.#renewed().catch(() => undefined);
    return listening;
  }

  close(): void {
    this.#later.close();
    this.#line.close();
    this.#out.end();
  }

  /** One at a time; whoever comes while one is under way is served by the next, all together. */
  #renewed(): Promise<JsonObject> {
    this.#next ??= this.#last.then(() => {
      this.#next = undefined;
      const now = this.#renew();
      this.#last = now.catch(() => undefined);
      return now;
    });
    return this.#next;
  }

  async #renew(): Promise<JsonObject> {
    try {
      const honoured = await this.#line.renew({
        ...(this.#listened && Object.fromEntries(this.#of.lists.map((flag) => [flag, true]))),
        ...(this.#uris.size > 0 && { resourceSubscriptions: [...this.#uris] }),
      });
      if (this.#broken) this.#catchUp(honoured);
      this.#broken = false;
      return honoured;
    } catch (error) {
      this.#broken ||= this.#line.none;
      this.#later.failed(wordsOf(error));
      throw error;
    }
  }

  #heard(from: Open, frame: Frame): void | Promise<void> {
    const { message } = frame;
    if (message.kind !== "notification") return undefined;
    const { method, params } = message;
    const flag = LIST_FLAGS.find((one) => LISTS[one] === method);
    if (method !== UPDATED && (flag === undefined || from.filter[flag] !== true)) return undefined;
    const named = member(params, "uri");
    const uri = typeof named === "string" ? named : "";
    if (!this.#uris.has(uri) && urisIn(from.filter).includes(uri)) return undefined;
    if (!this.#told.isNews(from, `${method} ${uri}`)) return undefined;
    this.#of.changed(method);
    return this.#out.deliver(untagged(frame, params));
  }

  #catchUp(honoured: JsonObject): void {
    const tell = (method: string, params: JsonObject): void => {
      this.#of.changed(method);
      void this.#out.deliver(frameOf({ kind: "notification", method, params }));
    };
    for (const flag of LIST_FLAGS) if (honoured[flag] === true) tell(LISTS[flag], {});
    for (const uri of urisIn(honoured)) tell(UPDATED, { uri });
  }
}

function urisIn(filter: JsonObject): readonly string[] {
  const uris = filter["resourceSubscriptions"];
  return Array.isArray(uris) ? uris.filter((uri) => typeof uri === "string") : [];
}

/** A legacy client knows no subscription, so what names it goes; an empty `_meta` with it. */
function untagged(frame: Frame, params: JsonObject): Frame {
  const meta = member(params, "_meta");
  if (member(meta, META.subscription) === undefined) return frame;
  const alone = Object.keys(meta ?? {}).length === 1;
  return frame.edit([{ kind: "remove", path: ["params", "_meta", ...(alone ? [] : [META.subscription])] }]);
}
