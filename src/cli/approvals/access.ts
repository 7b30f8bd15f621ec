import { offerFor } from "../../approval/offer.ts";
import type { Principal } from "../../call/principal.ts";
import { localAccount } from "../../identity/local.ts";
import { compile } from "../../policy/compile.ts";
import type { Sought } from "../../store/approvals.ts";
import { configured } from "../configured.ts";
import { keyHolder } from "../credential.ts";
import { Failure } from "../failure.ts";
import { given } from "../given.ts";
import { jsonLine, print } from "../out.ts";
import { textsInForce } from "../policy/applied.ts";
import { say, tell } from "../say.ts";
import { withDesk } from "./approving.ts";

type Options = Readonly<Record<string, unknown>>;

/** Who asks. On a gate without authentication that is who says so, elsewhere whoever's key is in the environment. */
async function requester(options: Options): Promise<Principal> {
  const config = configured(options["config"] as string | undefined);
  const holder = await keyHolder(config, options, "principal");
  if (holder !== undefined && options["role"] !== undefined)
    throw new Failure(2, "roles are what the key says", "leave out --role");
  if (holder !== undefined) return holder;
  const account = localAccount();
  const id = (options["principal"] as string | undefined) ?? account.id;
  const roles = (options["role"] as readonly string[] | undefined) ?? [];
  const tenant = (options["tenant"] as string | undefined) ?? "default";
  return { ...account, id, roles, tenant, source: "asserted" };
}

function wantedOf(options: Options): Sought {
  const list = (name: string): readonly string[] | undefined =>
    options[name] as readonly string[] | undefined;
  const [servers, tools, resources, operations] = ["server", "tool", "resource", "operation"].map(list);
  return {
    kind: options["breakGlass"] === true ? "break_glass" : "access",
    for_ms: options["for"] as number,
    reason: (options["reason"] as string).toWellFormed().replaceAll("\0", "").slice(0, 1_000),
    ...(servers !== undefined && { servers }),
    ...(tools !== undefined && { tools }),
    ...(resources !== undefined && { resources }),
    ...(operations !== undefined && { operations }),
  };
}

/** `portcullis access request`: asks for access for a time, or takes it in an emergency. Exit code 1 where no rule offers it. */
export async function accessRequest(_: readonly string[], options: Options): Promise<number> {
  const principal = await requester(options);
  const wanted = wantedOf(options);
  const { sources, options: reading } = await textsInForce(options);
  const policy = compile(sources, reading);
  const offered = offerFor(policy, principal, wanted, options["rule"] as string | undefined, Date.now());
  if (offered.kind === "none")
    throw new Failure(1, offered.why, "ask whoever writes the policy, or name one with --rule");
  const { id, roles, tenant, source, made_by } = principal;
  const by = { id, roles, source, ...(made_by && { made_by }) };
  return await withDesk({ ...options, tenant }, async (at) => {
    const asked = await at
      .request({ ...wanted, tenant, by }, offered.access, policy.version)
      .catch((error: unknown) => {
        if (error instanceof RangeError)
          throw new Failure(
            1,
            error.message,
            wanted.for_ms > offered.access.for_ms
              ? "ask for less with --for"
              : `portcullis approvals --all${given(options, "config", "tenant")}`,
          );
        throw error;
      });
    const taken = wanted.kind === "break_glass";
    if (options["json"] === true) {
      await print(jsonLine({ id: asked, rule: offered.access.rule, state: taken ? "approved" : "pending" }));
      return 0;
    }
    say(
      "ok",
      taken
        ? `${asked}: you have it now; somebody has to review it afterwards`
        : `${asked} waits for people to decide`,
    );
    if (options["principal"] === undefined && source === "asserted")
      tell(
        `It is for ${id} behind wrap and proxy; who calls the gate's address is anonymous: --principal anonymous`,
      );
    tell(`Next  portcullis approvals ${asked}${given(options, "config", "tenant")}`);
    return 0;
  });
}
