import { parseNoticeId } from "../../call/id.ts";
import { printable } from "../../document/render.ts";
import type { OutboxFilter, Posted } from "../../store/outbox.ts";
import { Failure } from "../failure.ts";
import { given } from "../given.ts";
import { columns, jsonLine, print } from "../out.ts";
import { withJournal } from "../records/records.ts";
import { localTime } from "../records/times.ts";
import { say, tell } from "../say.ts";

type Options = Readonly<Record<string, unknown>>;

const NEWEST = 100;
const HEAD = ["TIME", "STATE", "TRIES", "TO", "ABOUT", "ID", ""];

function lineOf({ at, due_at, ended_at, ...rest }: Posted): Readonly<Record<string, unknown>> {
  return {
    ...rest,
    at: new Date(at).toISOString(),
    due_at: new Date(due_at).toISOString(),
    ...(ended_at !== undefined && { ended_at: new Date(ended_at).toISOString() }),
  };
}

function row({ at, state, attempts, to, topic, about, id, why }: Posted, now: number): readonly string[] {
  const what = about === "" ? topic : `${topic} ${about}`;
  return [localTime(at, now), state, String(attempts), to, what, id, why].map((cell) => printable(cell));
}

/** `portcullis notifications`: what was sent, waits, or was given up. */
export async function notifications(_: readonly string[], options: Options): Promise<number> {
  const { state, tenant } = options as Pick<OutboxFilter, "state" | "tenant">;
  return await withJournal({ ...options, tenant: "default" }, async (_journal, { outbox }) => {
    const filter = { ...(state !== undefined && { state }), ...(tenant !== undefined && { tenant }) };
    const posted = (await outbox.list({ ...filter, limit: NEWEST })).toReversed();
    if (options["json"] === true) {
      for (const one of posted) await print(jsonLine(lineOf(one)));
      return 0;
    }
    const now = Date.now();
    for (const line of columns([HEAD, ...posted.map((one) => row(one, now))])) await print(line);
    const dead = posted.findLast((one) => one.state === "dead");
    if (dead !== undefined)
      tell(`Next  portcullis notifications resend ${dead.id}${given(options, "config")}`);
    return 0;
  });
}

/** `portcullis notifications resend`: from the first try, by whichever gate looks next. Exit 1 where it is not dead. */
export async function resend([text = ""]: readonly string[], options: Options): Promise<number> {
  const id = parseNoticeId(text);
  if (id === undefined)
    throw new Failure(
      2,
      `"${printable(text)}" is no id of a notice`,
      "portcullis notifications --state dead",
    );
  return await withJournal({ ...options, tenant: "default" }, async (_journal, { outbox }) => {
    const again = await outbox.again(id, Date.now());
    if (options["json"] === true) await print(jsonLine({ id, resent: again }));
    else if (again) say("ok", `${id} is sent again by the next gate that looks`);
    else say("fail", `${id} was not given up, or is not there`);
    return again ? 0 : 1;
  });
}
