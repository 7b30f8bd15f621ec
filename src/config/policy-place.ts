import { fileURLToPath } from "node:url";

/** A folder or file of a Git repository on this machine. */
export interface GitPlace {
  readonly kind: "git";
  /** Absolute path of the repository: checked out, or bare. */
  readonly repository: string;
  /** A branch, a tag or a commit. */
  readonly ref: string;
  /** Inside the repository; "" is all of it. */
  readonly path: string;
  /** Only commits whose signature Git finds good. */
  readonly verify: boolean;
}

/** Where a policy comes from. `files`: the paths beside it. `store`: what was applied, and nothing else. */
export type PolicyPlaceKind = { readonly kind: "files" } | { readonly kind: "store" } | GitPlace;

/** Whether nothing says what may be called: neither files, nor a repository, nor what is applied. */
export function namesNoPolicy(place: {
  readonly policy: readonly string[];
  readonly policy_from: PolicyPlaceKind;
}): boolean {
  return place.policy.length === 0 && place.policy_from.kind === "files";
}

const REF = /^(?![-/.])(?!.*(?:\.\.|\/\/|@\{))[A-Za-z0-9_./-]{1,200}$/;
const PATH = /^(?![/-])(?!.*(?:^|\/)\.{1,2}(?:\/|$))[^\0\\:]{0,500}$/;

/** What `policy:` says where it names no file, or a word on what is wrong with it. Undefined where it is a path. */
export function parsePolicyPlace(
  text: string,
): PolicyPlaceKind | { readonly kind: "wrong"; readonly why: string; readonly hint: string } | undefined {
  if (text === "store") return { kind: "store" };
  if (!text.startsWith("git+")) return undefined;
  const hint = "for example git+file:///srv/policies.git#main:gate";
  if (!text.startsWith("git+file:///")) {
    const why = "policy is pulled from a repository on this machine: git+file:///PATH#REF:FOLDER";
    return { kind: "wrong", why, hint: "keep a clone here and let `git fetch` bring what is new" };
  }
  if (!URL.canParse(text)) return { kind: "wrong", why: "is no URL", hint };
  const { host, pathname, search, hash } = new URL(text);
  const [ref = "", ...rest] = decodeURIComponent(hash.slice(1)).split(":");
  const path = rest.join(":").replace(/\/+$/, "");
  if (host !== "") return { kind: "wrong", why: "names another machine", hint };
  if (search !== "" && search !== "?verify=true" && search !== "?verify=false")
    return { kind: "wrong", why: "says something else than ?verify=true", hint };
  if (ref !== "" && !REF.test(ref))
    return { kind: "wrong", why: `"${ref}" is no branch, tag or commit`, hint };
  if (!PATH.test(path)) return { kind: "wrong", why: `"${path}" is no folder inside a repository`, hint };
  return {
    kind: "git",
    repository: fileURLToPath(`file://${pathname}`),
    ref: ref === "" ? "HEAD" : ref,
    path,
    verify: search === "?verify=true",
  };
}
