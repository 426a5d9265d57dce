import * as z from "zod";
import { deliveryIdSchema, eventIdSchema, webhookIdSchema } from "../contract/ids.ts";
import {
  deliveryPageSchema,
  eventPageSchema,
  issuedWebhookSchema,
  webhookSchema,
  type createWebhookBodySchema,
  type DeliveryState,
  type Webhook,
} from "../contract/webhook.ts";
import type { CallOptions, PageQuery } from "./call-options.ts";
import { idOf, jsonText } from "./input.ts";
import type { Call, Transport } from "./transport.ts";

const page = z.object({ webhooks: z.array(webhookSchema), nextCursor: z.string().nullable() });
const one = z.object({ webhook: webhookSchema });
const deleted = z.object({ deleted: z.literal(true) });
const sent = z.object({ eventId: eventIdSchema, deliveryId: deliveryIdSchema });
const replayed = z.object({ replayed: z.number().int(), nextCursor: z.string().optional() });
const replaying = z.object({ deliveryId: deliveryIdSchema });

export type IssuedWebhook = z.infer<typeof issuedWebhookSchema>;
export type DeliveryPage = z.infer<typeof deliveryPageSchema>;
export type EventPage = z.infer<typeof eventPageSchema>;

/** Where events are sent, and how that went. For people. */
export class Webhooks {
  readonly #transport: Transport;

  constructor(transport: Transport) {
    this.#transport = transport;
  }

  /** Sends events to an endpoint from now on. Its secret is in this answer and never shown again. */
  async create(
    body: z.input<typeof createWebhookBodySchema>,
    options: CallOptions = {},
  ): Promise<IssuedWebhook> {
    return this.#change("/api/dashboard/webhooks", body, issuedWebhookSchema, options);
  }

  /** A page of the workspace's webhooks, newest first. */
  async list(query: PageQuery = {}, options: CallOptions = {}): Promise<z.infer<typeof page>> {
    return this.#read("/api/dashboard/webhooks", query, page, options);
  }

  /** Switches a webhook on. What it missed is not sent by this; see `replaySince`. */
  async enable(webhookId: string, options: CallOptions = {}): Promise<Webhook> {
    return (await this.#change(`${pathOf(webhookId)}/enable`, {}, one, options)).webhook;
  }

  /** Switches a webhook off. */
  async disable(webhookId: string, options: CallOptions = {}): Promise<Webhook> {
    return (await this.#change(`${pathOf(webhookId)}/disable`, {}, one, options)).webhook;
  }

  /** Deletes a webhook with its deliveries. */
  async delete(webhookId: string, options: CallOptions = {}): Promise<{ deleted: true }> {
    return this.#transport.send({
      method: "DELETE",
      path: pathOf(webhookId),
      as: "person",
      answer: deleted,
      repeatable: false,
      signal: options.signal,
    });
  }

  /** Gives a webhook a new secret. The old one signs beside it for `overlapSeconds`, a day when not given. */
  async rotateSecret(
    webhookId: string,
    options: CallOptions & { overlapSeconds?: number | undefined } = {},
  ): Promise<IssuedWebhook> {
    const body = { overlapSeconds: options.overlapSeconds };
    return this.#change(`${pathOf(webhookId)}/rotate-secret`, body, issuedWebhookSchema, options);
  }

  /** Sends a `webhook.test` event to this webhook only. */
  async test(webhookId: string, options: CallOptions = {}): Promise<z.infer<typeof sent>> {
    return this.#change(`${pathOf(webhookId)}/test`, {}, sent, options);
  }

  /** A page of what was sent to a webhook, newest first, with the attempts. */
  async deliveries(
    webhookId: string,
    query: PageQuery & { status?: DeliveryState | undefined } = {},
    options: CallOptions = {},
  ): Promise<DeliveryPage> {
    return this.#read(`${pathOf(webhookId)}/deliveries`, query, deliveryPageSchema, options);
  }

  /** A page of what was given up, of all webhooks. */
  async deadLetters(query: PageQuery = {}, options: CallOptions = {}): Promise<DeliveryPage> {
    return this.#read("/api/dashboard/webhook-deliveries", query, deliveryPageSchema, options);
  }

  /** Sends a dead letter again. What was delivered is refused. */
  async replay(deliveryId: string, options: CallOptions = {}): Promise<z.infer<typeof replaying>> {
    const id = idOf(deliveryIdSchema, "deliveryId", deliveryId);
    return this.#change(`/api/dashboard/webhook-deliveries/${id}/replay`, {}, replaying, options);
  }

  /** Sends a webhook everything that it did not get since a time (RFC 3339), in as many requests as that takes. */
  async replaySince(
    webhookId: string,
    since: string,
    options: CallOptions = {},
  ): Promise<{ replayed: number }> {
    const sum = { replayed: 0 };
    let cursor: string | undefined;
    do {
      const body = { since, cursor };
      const part = await this.#change(`${pathOf(webhookId)}/replay`, body, replayed, options);
      sum.replayed += part.replayed;
      cursor = part.nextCursor;
    } while (cursor !== undefined);
    return sum;
  }

  /**
   * A page of what has happened, newest first. With the `after` of an earlier page: what has happened since, oldest
   * first.
   */
  async events(
    query: PageQuery & { types?: string | undefined; after?: string | undefined } = {},
    options: CallOptions = {},
  ): Promise<EventPage> {
    return this.#read("/api/dashboard/webhook-events", query, eventPageSchema, options);
  }

  #read<T>(path: string, query: Call<T>["query"], answer: z.ZodType<T>, { signal }: CallOptions): Promise<T> {
    return this.#transport.send({
      method: "GET",
      path,
      query,
      as: "person",
      answer,
      repeatable: true,
      signal,
    });
  }

  #change<T>(path: string, body: object, answer: z.ZodType<T>, { signal }: CallOptions): Promise<T> {
    return this.#transport.send({
      method: "POST",
      path,
      body: jsonText(body),
      as: "person",
      answer,
      statuses: [200, 201, 202],
      repeatable: false,
      signal,
    });
  }
}

function pathOf(webhookId: string): string {
  return `/api/dashboard/webhooks/${idOf(webhookIdSchema, "webhookId", webhookId)}`;
}
