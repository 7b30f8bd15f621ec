import { isAcross, may } from "../../call/permission.ts";
import { printable } from "../../document/render.ts";
import type { Person } from "../../store/people/people.ts";
import { Failure } from "../failure.ts";
import {
  type LookingAfter,
  lookingAfter,
  newIn,
  noteRoles,
  sayWho,
  tenantOf,
  textOf,
  textsOf,
} from "../looking-after.ts";
import { columns, jsonLine, print } from "../out.ts";
import { say } from "../say.ts";

type Options = Readonly<Record<string, unknown>>;

const HEAD = ["ID", "TENANT", "KIND", "ROLES", "STATE", "NAME"];

function lineOf({ made_at, changed_at, ...rest }: Person): Readonly<Record<string, unknown>> {
  const text = (at: number): string => new Date(at).toISOString();
  return { ...rest, made_at: text(made_at), changed_at: text(changed_at) };
}

function row({ id, tenant, kind, roles, state, name }: Person): readonly string[] {
  const held = roles.length === 0 ? "-" : roles.join(",");
  return [id, tenant, kind, held, state, name].map(printable);
}

/** `portcullis users list`. */
export async function list(_: readonly string[], options: Options): Promise<number> {
  return await lookingAfter(options, async ({ by, store }) => {
    const tenant = (options["tenant"] as string | undefined) ?? (isAcross(by) ? undefined : by.tenant);
    if (!may(by, "people.read", tenant ?? by.tenant))
      throw new Failure(1, `${by.id} lacks the permission people.read there`);
    const all = await store.people.all();
    const known = all.filter((each) => tenant === undefined || each.tenant === tenant);
    if (options["json"] === true) for (const each of known) await print(jsonLine(lineOf(each)));
    else if (known.length > 0) for (const line of columns([HEAD, ...known.map(row)])) await print(line);
    return 0;
  });
}

async function told(person: Person, done: string, { by }: LookingAfter, options: Options): Promise<number> {
  if (options["json"] === true) {
    await print(jsonLine(lineOf(person)));
    return 0;
  }
  say("ok", `${printable(person.id)} of tenant ${person.tenant} ${done}`);
  sayWho(by);
  return 0;
}

/** `portcullis users add ID`. */
export async function add([id = ""]: readonly string[], options: Options): Promise<number> {
  const roles = textsOf(options, "role");
  const given = options["name"] as string | undefined;
  const name = given === undefined ? "" : textOf("name", given);
  const kind = options["serviceAccount"] === true ? "service-account" : "user";
  return await lookingAfter(options, async (with_) => {
    const tenant = newIn(options, with_);
    const made = await with_.people.add(with_.by, { tenant, id: textOf("id", id), kind, name, roles });
    if (made === undefined)
      throw new Failure(
        1,
        `${printable(id)} is there already`,
        "portcullis users roles changes what they may",
      );
    noteRoles(roles);
    return await told(made, kind === "user" ? "is a user" : "is a service account", with_, options);
  });
}

/** Changes somebody, and says so; Failure 1 where there is nobody of that name. */
async function changing(
  id: string,
  options: Options,
  done: string,
  change: (with_: LookingAfter, tenant: string) => Promise<Person | undefined>,
): Promise<number> {
  return await lookingAfter(options, async (with_) => {
    const person = await change(with_, tenantOf(options, with_.by));
    if (person === undefined)
      throw new Failure(
        1,
        `there is no user or service account ${printable(id)}`,
        "portcullis users list shows them",
      );
    return await told(person, done, with_, options);
  });
}

/** `portcullis users roles ID`: what they have from now on; without any, none. */
export async function roles([id = ""]: readonly string[], options: Options): Promise<number> {
  const given = textsOf(options, "role");
  if (given.length === 0 && options["none"] !== true)
    throw new Failure(2, "which roles? Name each with --role, or say --none");
  const code = await changing(
    id,
    options,
    given.length === 0 ? "has no roles here any more" : `has the roles ${given.join(", ")}`,
    ({ people, by }, tenant) => people.setRoles(by, tenant, id, given),
  );
  noteRoles(given);
  return code;
}

/** `portcullis users disable ID`. */
export async function disable([id = ""]: readonly string[], options: Options): Promise<number> {
  return await changing(id, options, "is kept out of every gate within a second", ({ people, by }, tenant) =>
    people.setState(by, tenant, id, "disabled"),
  );
}

/** `portcullis users enable ID`. */
export async function enable([id = ""]: readonly string[], options: Options): Promise<number> {
  return await changing(id, options, "is let in again", ({ people, by }, tenant) =>
    people.setState(by, tenant, id, "active"),
  );
}

/** `portcullis users remove ID`. */
export async function remove([id = ""]: readonly string[], options: Options): Promise<number> {
  return await changing(
    id,
    options,
    "is forgotten, and what they had here with it",
    ({ people, by }, tenant) => people.remove(by, tenant, id),
  );
}
