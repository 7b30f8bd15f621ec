import { isAcross, may } from "../../call/permission.ts";
import { printable } from "../../document/render.ts";
import { isOver } from "../../identity/browser/sessions.ts";
import { endSession } from "../../identity/session-desk.ts";
import type { Session } from "../../store/people/sign-ins.ts";
import { Failure } from "../failure.ts";
import { lookingAfter, sayWho, tenantOf } from "../looking-after.ts";
import { columns, jsonLine, print } from "../out.ts";
import { localTime } from "../records/times.ts";
import { say } from "../say.ts";

type Options = Readonly<Record<string, unknown>>;

const utc = (at: number | null): string | null => (at === null ? null : new Date(at).toISOString());

function stateOf(session: Session, now: number): "active" | "ended" | "over" {
  if (session.ended_at !== null) return "ended";
  return isOver(session, now) ? "over" : "active";
}

/** What a line says of a session; its digest is nobody's business. */
function lineOf(session: Session, now: number): Readonly<Record<string, unknown>> {
  const { id, tenant, principal, facts, key_id, made_at, seen_at, ends_at, ended_at, ended_by } = session;
  const { roles, amr, acr } = JSON.parse(facts) as Readonly<Record<string, unknown>>;
  return {
    id,
    tenant,
    principal,
    state: stateOf(session, now),
    roles,
    amr,
    acr,
    ...(key_id !== "" && { key: key_id }),
    made_at: utc(made_at),
    seen_at: utc(seen_at),
    ends_at: utc(ends_at),
    ended_at: utc(ended_at),
    ended_by,
  };
}

function row(session: Session, now: number): readonly string[] {
  const { id, principal, tenant, key_id, made_at, seen_at, ends_at } = session;
  const since = `since ${localTime(made_at, now)}`;
  const until = `until ${localTime(ends_at, now)}`;
  const how = key_id === "" ? "provider" : `key ${key_id}`;
  const who = [printable(principal), printable(tenant), stateOf(session, now), how];
  return [id, ...who, since, until, `seen ${localTime(seen_at, now)}`];
}

/** `portcullis sessions list`. */
export async function list(_: readonly string[], options: Options): Promise<number> {
  return await lookingAfter(options, async ({ by, store }) => {
    const tenant = (options["tenant"] as string | undefined) ?? (isAcross(by) ? undefined : by.tenant);
    if (!may(by, "people.read", tenant ?? by.tenant))
      throw new Failure(1, `${by.id} lacks the permission people.read there`);
    const now = Date.now();
    const known = (await store.signIns.sessions(tenant)).filter(
      (session) => options["all"] === true || stateOf(session, now) === "active",
    );
    if (options["json"] === true) for (const each of known) await print(jsonLine(lineOf(each, now)));
    else for (const line of columns(known.map((each) => row(each, now)))) await print(line);
    return 0;
  });
}

/** `portcullis sessions revoke ID`. */
export async function revoke([id = ""]: readonly string[], options: Options): Promise<number> {
  return await lookingAfter(options, async ({ by, store }) => {
    const tenant = tenantOf(options, by);
    if (!may(by, "people.write", tenant))
      throw new Failure(1, `${by.id} lacks the permission people.write there`);
    const { people, credentials, signIns } = store;
    const actsOf = (of: string) => store.forTenant(of).acts;
    const desk = { people, credentials, signIns, actsOf, now: Date.now };
    const revoked = await endSession(desk, by, tenant, id);
    if (options["json"] === true) {
      await print(jsonLine({ id, revoked }));
      return revoked ? 0 : 1;
    }
    if (!revoked)
      throw new Failure(
        1,
        `no session ${printable(id)} of tenant ${tenant} is there to end`,
        "portcullis sessions list shows them",
      );
    say("ok", `session ${id} is over`);
    sayWho(by);
    return 0;
  });
}
