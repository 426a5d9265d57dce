import { infiniteQueryOptions, queryOptions } from "@tanstack/react-query";
import * as z from "zod";
import type { EventType } from "../../../src/contract/event.ts";
import { deliveryIdSchema, eventIdSchema } from "../../../src/contract/ids.ts";
import {
  type createWebhookBodySchema,
  deliveryPageSchema,
  type DeliveryState,
  eventPageSchema,
  issuedWebhookSchema,
  type Webhook,
  type WebhookChange,
  webhookSchema,
} from "../../../src/contract/webhook.ts";
import { api } from "../api.ts";

/** Everything below this is asked for again after a change to a webhook or a replay. */
export const webhooksKey = ["webhooks"] as const;

const pathOf = (webhookId: string) => `/api/dashboard/webhooks/${encodeURIComponent(webhookId)}`;
const one = z.object({ webhook: webhookSchema });
const list = z.object({ webhooks: z.array(webhookSchema), nextCursor: z.string().nullable() });

// A workspace has fifty at most: one page holds them all.
export const webhooksQuery = queryOptions({
  queryKey: [...webhooksKey, "list"],
  queryFn: async ({ signal }) =>
    (await api.get("/api/dashboard/webhooks", list, { query: { limit: 100 }, signal })).webhooks,
});

export const webhookQuery = (webhookId: string) =>
  queryOptions({
    queryKey: [...webhooksKey, "one", webhookId],
    queryFn: async ({ signal }) => (await api.get(pathOf(webhookId), one, { signal })).webhook,
  });

/** Whose deliveries: a webhook's, an event's, or the dead letters of all webhooks. */
export type DeliveriesOf =
  | { webhookId: string; status?: DeliveryState | undefined }
  | { eventId: string; status?: DeliveryState | undefined }
  | { status: "dead" };

function deliveriesPath(of: DeliveriesOf): string {
  if ("webhookId" in of) return `${pathOf(of.webhookId)}/deliveries`;
  if ("eventId" in of) return `/api/dashboard/webhook-events/${encodeURIComponent(of.eventId)}/deliveries`;
  return "/api/dashboard/webhook-deliveries";
}

export const deliveriesQuery = (of: DeliveriesOf) =>
  infiniteQueryOptions({
    queryKey: [...webhooksKey, "deliveries", of],
    queryFn: ({ pageParam, signal }) =>
      api.get(deliveriesPath(of), deliveryPageSchema, {
        query: { status: of.status, limit: 50, cursor: pageParam },
        signal,
      }),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: ({ nextCursor }) => nextCursor ?? undefined,
    // What is on its way is seen to arrive.
    refetchInterval: ({ state }) =>
      state.data?.pages.some(({ deliveries }) => deliveries.some(({ status }) => status === "pending"))
        ? 3000
        : false,
  });

export const eventsQuery = (types: EventType | undefined) =>
  infiniteQueryOptions({
    queryKey: [...webhooksKey, "events", types],
    queryFn: ({ pageParam, signal }) =>
      api.get("/api/dashboard/webhook-events", eventPageSchema, {
        query: { types, limit: 50, cursor: pageParam },
        signal,
      }),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: ({ nextCursor }) => nextCursor ?? undefined,
  });

export const createWebhook = (body: z.output<typeof createWebhookBodySchema>) =>
  api.post("/api/dashboard/webhooks", body, issuedWebhookSchema);

export const editWebhook = async (webhookId: string, change: WebhookChange): Promise<Webhook> =>
  (await api.patch(pathOf(webhookId), change, one)).webhook;

export const deleteWebhook = (webhookId: string) =>
  api.delete(pathOf(webhookId), z.object({ deleted: z.literal(true) }));

export const switchWebhook = async (webhookId: string, to: "enable" | "disable"): Promise<Webhook> =>
  (await api.post(`${pathOf(webhookId)}/${to}`, {}, one)).webhook;

export const rotateSecret = (webhookId: string, overlapSeconds: number) =>
  api.post(`${pathOf(webhookId)}/rotate-secret`, { overlapSeconds }, issuedWebhookSchema);

export const testWebhook = (webhookId: string) =>
  api.post(
    `${pathOf(webhookId)}/test`,
    {},
    z.object({ eventId: eventIdSchema, deliveryId: deliveryIdSchema }),
  );

export const replayDelivery = (deliveryId: string) =>
  api.post(
    `/api/dashboard/webhook-deliveries/${encodeURIComponent(deliveryId)}/replay`,
    {},
    z.object({ deliveryId: deliveryIdSchema }),
  );

const replayed = z.object({ replayed: z.number().int(), nextCursor: z.string().optional() });

/** How much was sent again, in as many requests as that takes. */
export async function replaySince(webhookId: string, since: string): Promise<number> {
  let sum = 0;
  let cursor: string | undefined;
  do {
    const part = await api.post(`${pathOf(webhookId)}/replay`, { since, cursor }, replayed);
    sum += part.replayed;
    cursor = part.nextCursor;
  } while (cursor !== undefined);
  return sum;
}
