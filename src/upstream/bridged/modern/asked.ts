import type { Json } from "../../../call/json.ts";
import {
  calledOff,
  type Input,
  inputOf,
  pagesIn,
  responseFrame,
  responseTo,
} from "../../../wire/bridge/inputs.ts";
import type { Frame, Message, RequestId } from "../../../wire/frame.ts";

/** A question that a client has yet to answer. A page that an error sends a person to has no id: nobody waits for it. */
interface Question {
  readonly input: Input;
  readonly id: RequestId | undefined;
}

/** What a server wants to know before it goes on with one request. */
export interface Asked {
  readonly size: number;
  readonly inputs: readonly Input[];
  /** False where there is no room for it. */
  add(frame: Frame, id: RequestId): boolean;
  /** Adds the pages of an error; false where it has none. */
  addPages(message: Message): boolean;
  withdraw(id: Json | undefined): void;
  /** Whether no answer of a retry is something else than an answer. */
  fits(retry: Frame): boolean;
  /** Takes the answers of a retry: what to tell the server, and whether a page was not accepted. */
  take(retry: Frame): { readonly responses: readonly Frame[]; readonly declined: boolean };
  /** Forgets all; gives what to tell the server, which will get no answer. */
  callOff(): readonly Frame[];
}

/** Questions of one request that are open at once, and their bytes. */
const OPEN_MOST = 32;
const BYTES_MOST = 256 * 1024;

/** Keys are unique in the request, over all its rounds. */
export function asked(): Asked {
  const open = new Map<string, Question>();
  let last = 0;
  const keyFor = (method: string): string => {
    last += 1;
    return `${method.split("/", 1)[0] ?? ""}-${last}`;
  };
  return {
    get size() {
      return open.size;
    },
    get inputs() {
      return [...open.values()].map(({ input }) => input);
    },
    add(frame, id) {
      const method = frame.message.kind === "request" ? frame.message.method : "";
      const input = inputOf(keyFor(method), frame);
      const bytes = [...open.values()].reduce((sum, one) => sum + sizeOf(one.input), sizeOf(input));
      if (open.size >= OPEN_MOST || bytes > BYTES_MOST) return false;
      open.set(input.key, { input, id });
      return true;
    },
    addPages(message) {
      const pages = pagesIn(message, () => keyFor("elicitation"));
      for (const input of pages) open.set(input.key, { input, id: undefined });
      return pages.length > 0;
    },
    withdraw(id) {
      for (const [key, one] of open) if (one.id !== undefined && one.id === id) open.delete(key);
    },
    fits: (retry) => [...open.values()].every(({ input }) => responseTo(input, retry).kind !== "wrong"),
    take(retry) {
      const responses: Frame[] = [];
      let declined = false;
      for (const [key, { input, id }] of open) {
        const said = responseTo(input, retry);
        if (said.kind !== "given") continue;
        open.delete(key);
        if (id !== undefined) responses.push(responseFrame(id, said.result));
        else if (!said.accepted) declined = true;
      }
      return { responses, declined };
    },
    callOff() {
      const all = [...open.values()].flatMap(({ id, input }) =>
        id === undefined ? [] : calledOff(id, input.method),
      );
      open.clear();
      return all;
    },
  };
}

function sizeOf({ params }: Input): number {
  return params?.length ?? 0;
}
