import { actId } from "../../call/id.ts";
import { gateSecret } from "../../config/secret.ts";
import { printable } from "../../document/render.ts";
import { CODES_PURPOSE, codes } from "../../identity/browser/codes.ts";
import { checkGrant } from "../../identity/granting.ts";
import { rolesKnown } from "../../identity/roles-known.ts";
import { sealer } from "../../identity/sealer.ts";
import { configured } from "../configured.ts";
import { Failure } from "../failure.ts";
import { type LookingAfter, lookingAfter, sayWho, tenantOf, textOf } from "../looking-after.ts";
import { jsonLine, print } from "../out.ts";
import { say, tell } from "../say.ts";

type Options = Readonly<Record<string, unknown>>;

async function noted({ by, store }: LookingAfter, tenant: string, id: string, action: string): Promise<void> {
  const at = Date.now();
  const act = { kind: "act", id: actId(at), at, principal: by.id, action, object: id } as const;
  await store.forTenant(tenant).acts.write({ ...act, outcome: "ok", detail: {} });
}

/** `portcullis users totp ID`: a new secret for one-time passwords, shown once; with `--remove`, takes it back. */
export async function totp([word = ""]: readonly string[], options: Options): Promise<number> {
  const id = textOf("id", word);
  const secret = gateSecret(configured(options["config"] as string | undefined));
  if (secret === undefined)
    throw new Failure(
      2,
      "one-time passwords are kept sealed, and this gate has no secret",
      "write `secret:`",
    );
  return await lookingAfter(options, async (with_) => {
    const { by, store } = with_;
    const tenant = tenantOf(options, by);
    if (by.id !== id || by.tenant !== tenant) {
      const roles = await rolesKnown({ ...store, now: Date.now }, tenant, id);
      checkGrant(by, { tenant, roles, scopes: [] }, `changing the one-time passwords of ${printable(id)}`);
    }
    if (options["remove"] === true) {
      if (!(await store.signIns.unenrol(tenant, id)))
        throw new Failure(1, `${printable(id)} of tenant ${tenant} has no one-time passwords`);
      await noted(with_, tenant, id, "totp.removed");
      if (options["json"] === true) await print(jsonLine({ principal: id, tenant, removed: true }));
      else say("ok", `${printable(id)} cannot sign in with one-time passwords any more`);
      return 0;
    }
    const address = await codes(store.signIns, sealer(secret, CODES_PURPOSE), Date.now).enrol(
      tenant,
      id,
      by.id,
    );
    await noted(with_, tenant, id, "totp.enrolled");
    if (options["json"] === true) {
      await print(jsonLine({ principal: id, tenant, otpauth: address }));
      return 0;
    }
    say("ok", `one-time passwords for ${printable(id)} of tenant ${tenant}; those from before are over`);
    await print(address);
    tell(
      "It is not shown again: put it into an authenticator. On the page, it goes with an API key of theirs.",
    );
    sayWho(by);
    return 0;
  });
}
