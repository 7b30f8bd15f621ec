import { userInfo } from "node:os";
import { findConfig, loadTenants } from "../../config/load.ts";
import { printable } from "../../document/render.ts";
import { openRecords } from "../../privacy/open.ts";
import type { Store } from "../../store/store.ts";
import type { TenantKind } from "../../store/tenants.ts";
import { directoryOf, type Placed } from "../../tenancy/directory.ts";
import { type Cannot, createTenant, type Doing, resumeTenant, suspendTenant } from "../../tenancy/life.ts";
import { Failure } from "../failure.ts";
import { columns, jsonLine, print } from "../out.ts";
import { say } from "../say.ts";

export type Options = Readonly<Record<string, unknown>>;

/** Works on the tenants of a configuration's gates, in their store. */
export async function withTenants<T>(
  options: Options,
  work: (doing: Doing, store: Store) => Promise<T>,
): Promise<T> {
  const file = findConfig(options["config"] as string | undefined);
  if (file === undefined)
    throw new Failure(
      2,
      "no gate to have tenants: there is no portcullis.yaml here",
      "name a configuration with --config",
    );
  const config = loadTenants({ file });
  const store = await openRecords(config);
  try {
    const directory = directoryOf(config.tenants, await store.tenants.list());
    return await work({ store, directory, who: userInfo().username, now: Date.now() }, store);
  } finally {
    await store.close();
  }
}

/** What cannot be done, as a command says it. */
export function failure({ cause, why }: Cannot): Failure {
  return new Failure(
    cause === "shape" ? 2 : 1,
    why.replace(/\.$/, ""),
    cause === "unknown" ? "portcullis tenants list shows them" : undefined,
  );
}

const utc = (at: number | undefined): string | null => (at === undefined ? null : new Date(at).toISOString());

function lineOf({ made_at, ...rest }: Placed): Readonly<Record<string, unknown>> {
  return { ...rest, made_at: utc(made_at) };
}

/** What a person is told of how it is: who is below somebody that is shut out is shut out too. */
function standing({ state, open }: Placed): string {
  return state === "active" && !open ? "shut out by what is above it" : state;
}

/** `portcullis tenants list`. */
export async function list(_: readonly string[], options: Options): Promise<number> {
  return await withTenants(options, async ({ directory }, store) => {
    if (options["json"] === true) {
      for (const each of directory.all()) await print(jsonLine(lineOf(each)));
      return 0;
    }
    const rows = directory
      .all()
      .map((each) => [
        each.path.join(" › "),
        each.kind,
        standing(each),
        `share ${each.share}`,
        each.declared ? "declared" : "",
        printable(each.name),
      ]);
    for (const line of columns(rows)) await print(line);
    const fence = await store.tenants.fence();
    if (fence !== "rows" && fence !== "types")
      say("warn", `the database keeps nobody's rows apart: ${fence}`);
    return 0;
  });
}

/** `portcullis tenants create ID`. */
export async function create([id = ""]: readonly string[], options: Options): Promise<number> {
  return await withTenants(options, async (doing) => {
    const made = await createTenant(doing, {
      id,
      kind: (options["kind"] as TenantKind | undefined) ?? "tenant",
      parent: (options["parent"] as string | undefined) ?? "",
      name: (options["name"] as string | undefined) ?? id,
      share: (options["share"] as number | undefined) ?? 1,
    });
    if (made.kind === "cannot") throw failure(made);
    if (options["json"] === true) await print(jsonLine(made));
    else
      say("ok", `tenant ${id} is set up; its first key: portcullis keys create --tenant ${id} --principal …`);
    return 0;
  });
}

async function told(
  options: Options,
  id: string,
  state: string,
  work: (doing: Doing, id: string) => Promise<Cannot | undefined>,
  said: string,
): Promise<number> {
  return await withTenants(options, async (doing) => {
    const refused = await work(doing, id);
    if (refused !== undefined) throw failure(refused);
    if (options["json"] === true) await print(jsonLine({ id, state }));
    else say("ok", `tenant ${printable(id)} ${said}`);
    return 0;
  });
}

/** `portcullis tenants suspend ID`. */
export async function suspend([id = ""]: readonly string[], options: Options): Promise<number> {
  const said = "is suspended: within a second no gate lets anybody of it in, and what is open for them ends";
  return await told(options, id, "suspended", suspendTenant, said);
}

/** `portcullis tenants resume ID`. */
export async function resume([id = ""]: readonly string[], options: Options): Promise<number> {
  return await told(options, id, "active", resumeTenant, "is let in again");
}
