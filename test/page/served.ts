import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pageDoor } from "../../src/admin/page/door.ts";
import { boundOf } from "../../src/approval/binding.ts";
import { desk, type Desk } from "../../src/approval/desk.ts";
import { type Links, links } from "../../src/approval/link.ts";
import type { Ask } from "../../src/call/ask.ts";
import { approvalId, callId, type ApprovalId } from "../../src/call/id.ts";
import { Fault } from "../../src/call/fault.ts";
import { digest, type JsonObject } from "../../src/call/json.ts";
import type { Principal } from "../../src/call/principal.ts";
import { openStore } from "../../src/store/open.ts";
import type { Store } from "../../src/store/store.ts";

/** Questions over a real store, and links to them. */
export interface Asking {
  readonly desk: Desk;
  readonly links: Links;
  /** Puts a question; gives its id. */
  readonly ask: (args: JsonObject, more?: Partial<Ask> & { readonly whole?: boolean }) => Promise<ApprovalId>;
}

/** The pages of questions on a port of their own, over a real store. */
export interface Served extends Asking {
  readonly url: string;
  readonly close: () => Promise<void>;
}

const RULE: Ask = {
  rule: "production-deploy",
  version: "sha256:1",
  approvers: ["ops-lead@example.com", "cto@example.com"],
  quorum: 2,
  within_ms: 3_600_000,
  requester_may_approve: false,
  notify: [],
  why: "Production deploys need two people.",
};

export function asking(store: Store, at: Desk, signed: Links): Asking {
  return {
    desk: at,
    links: signed,
    async ask(args, { whole = true, ...more } = {}) {
      const now = Date.now();
      const id = approvalId(now);
      const asks = [{ ...RULE, ...more }];
      const about = {
        server: "cloudflare",
        method: "tools/call",
        target: "workers.deploy",
        target_kind: "tool",
      } as const;
      const subject = { tenant: "default", principal: "agent@example.com", ...about, args };
      await store.forTenant("default").approvals.ask(
        {
          id,
          at: now,
          call: callId(now),
          ...boundOf(subject, asks, { bytes: "", rest: {}, definition: "" }),
          asks,
          expires: now + 3_600_000,
          shown: {
            ...about,
            client: "claude-code/2.1",
            args,
            whole,
            args_digest: digest(args),
            definition: "",
            policy_version: "sha256:2",
          },
        },
        [],
      );
      return id;
    },
  };
}

/** `who`: whom a credential says that somebody is, or how they are refused; undefined: nobody is asked. */
export async function serve(who?: Principal | Fault): Promise<Served> {
  const folder = mkdtempSync(join(tmpdir(), "page-"));
  const store = await openStore({ kind: "sqlite", path: join(folder, "p.db") });
  const at = desk(store, Date.now, approvalId);
  const signed = links(Buffer.alloc(32, 7));
  const door = pageDoor({
    desk: at,
    links: () => signed,
    door: { allowed_origins: [], allowed_hosts: [] },
    now: Date.now,
    log: console,
    authenticated: who !== undefined,
  });
  const identify = (): Principal => {
    if (who === undefined) throw new Error("nobody is asked who they are");
    if (who instanceof Fault) throw who;
    return who;
  };
  const server = createServer((request, response) => {
    void door(request, response, { draining: false, identify });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    ...asking(store, at, signed),
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      await store.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
