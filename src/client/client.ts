export type { AccessRequest } from "../admin/access.ts";
export type {
  ApprovalPage,
  ApprovalView,
  Approve,
  Delegate,
  Deny,
  Review,
} from "../admin/approval-shapes.ts";
export type { ProblemDocument } from "../admin/problem.ts";
export type { AuthorizeAnswer, BatchAnswer, Documents, Question, Validated } from "../admin/shapes.ts";
export {
  type ApprovalsWanted,
  type ClientOptions,
  type GovernanceClient,
  governanceClient,
} from "./governance.ts";
export { MCPGovernanceClient } from "./mcp-governance.ts";
export { ProblemError } from "./problem.ts";
