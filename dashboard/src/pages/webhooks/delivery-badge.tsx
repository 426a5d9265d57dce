import type { Delivery } from "../../../../src/contract/webhook.ts";
import { StateBadge } from "../../components/state-badge.tsx";

/** How a delivery stands. */
export function DeliveryBadge({ delivery }: { delivery: Delivery }) {
  return delivery.status === "pending" ? (
    <StateBadge state="pending" word={delivery.attemptCount === 0 ? "On its way" : "Tries again"} />
  ) : (
    <StateBadge state={delivery.status} />
  );
}
