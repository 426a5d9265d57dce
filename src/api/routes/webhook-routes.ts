import type { Route } from "../operation.ts";
import { createWebhookRoute } from "./webhooks/create-webhook.ts";
import {
  listDeadLettersRoute,
  listEventDeliveriesRoute,
  listWebhookDeliveriesRoute,
  readDeliveryRoute,
} from "./webhooks/deliveries.ts";
import { listEventsRoute } from "./webhooks/events.ts";
import { replayDeliveryRoute, replaySinceRoute } from "./webhooks/replay.ts";
import { rotateWebhookSecretRoute } from "./webhooks/rotate-webhook-secret.ts";
import { disableWebhookRoute, enableWebhookRoute } from "./webhooks/switch-webhook.ts";
import { testWebhookRoute } from "./webhooks/test-webhook.ts";
import {
  deleteWebhookRoute,
  editWebhookRoute,
  listWebhooksRoute,
  readWebhookRoute,
} from "./webhooks/webhooks.ts";

/** Where events go, and how they fared. */
export const webhookRoutes: readonly Route[] = [
  listWebhooksRoute,
  createWebhookRoute,
  readWebhookRoute,
  editWebhookRoute,
  deleteWebhookRoute,
  enableWebhookRoute,
  disableWebhookRoute,
  rotateWebhookSecretRoute,
  testWebhookRoute,
  listWebhookDeliveriesRoute,
  replaySinceRoute,
  listDeadLettersRoute,
  readDeliveryRoute,
  replayDeliveryRoute,
  listEventsRoute,
  listEventDeliveriesRoute,
];
