/** What one `ask` rule wants of people before a call may run. */
export interface Ask {
  readonly rule: string;
  /** `sha256:` over what the rule says: what was approved under other words is void. */
  readonly version: string;
  /** Who may decide: ids of principals, or `role:NAME`. Never empty. */
  readonly approvers: readonly string[];
  /** So many of them must approve; one who denies ends it. */
  readonly quorum: number;
  /** How long they have, and how long the call may then be made. */
  readonly within_ms: number;
  /** Whether who asks may be one of them. */
  readonly requester_may_approve: boolean;
  /** Where they are told, as the rule says it: `slack://ops-channel`. */
  readonly notify: readonly string[];
  readonly why: string;
}
