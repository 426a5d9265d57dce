import { agentIdSchema, permissionIdSchema } from "../contract/ids.ts";
import type { AgentId, PermissionId } from "../contract/ids.ts";
import type { Gate } from "./gate.ts";

/** The name of the one gate for this agent and this permission. Ids cannot hold ":", so no two pairs share a name. */
export function gateName(agentId: AgentId, permissionId: PermissionId): string {
  return `${agentIdSchema.parse(agentId)}:${permissionIdSchema.parse(permissionId)}`;
}

// The methods as the class declares them: the stub's own types turn an intent's arguments into `never`.
export type GateStub = Pick<Gate, "ask" | "review" | "end" | "read"> & Pick<DurableObjectStub, "fetch">;

/** The one gate for this agent and this permission. Throws on what is no id. */
export function gateOf(
  namespace: DurableObjectNamespace<Gate>,
  agentId: AgentId,
  permissionId: PermissionId,
): GateStub {
  const stub: unknown = namespace.getByName(gateName(agentId, permissionId));
  return stub as GateStub;
}
