import * as z from "zod";
import { type EventType, eventTypes } from "../../../contract/event.ts";
import { eventPageSchema } from "../../../contract/webhook.ts";
import { eventsLookedAt, eventsOfAccount } from "../../../db/events.ts";
import { eventPlace, placeOf } from "../../event-place.ts";
import { route } from "../../operation.ts";
import { pageQuery } from "../../page-query.ts";

const isEventType = (text: string): text is EventType => (eventTypes as readonly string[]).includes(text);

const types = z
  .string()
  .transform((text) => text.split(",").map((type) => type.trim()))
  .refine((list) => list.every(isEventType), { error: `must be event types with commas between` })
  .transform((list) => list.filter(isEventType))
  .meta({ type: "string", examples: ["approval.requested,approval.approved"] });

export const listEventsRoute = route(
  {
    method: "get",
    path: "/api/dashboard/webhook-events",
    id: "listEvents",
    tag: "Webhooks",
    summary: "What has happened, newest first",
    description: `The events of the last 30 days, whether a webhook takes them or not; decisions are among them while the account has a webhook or somebody has asked here within the hour. To listen: ask with \`limit=1\`, and from then on with \`after\` set to the \`after\` of the answer before; those answers hold what has happened since, oldest first. With \`types\` a page looks at ${eventsLookedAt} events at most; it may then be short, or empty, and what it gives leads on.`,
    access: { kind: "person", capability: "read" },
    query: pageQuery(100).extend({
      types: types.optional(),
      after: z
        .string()
        .refine((text) => placeOf(text) !== undefined, {
          error: "must be the `after` of an earlier answer",
        })
        .optional(),
    }),
    answers: { 200: { description: "A page of events.", schema: eventPageSchema } },
  },
  async ({ c, env, now, person, query: { limit, cursor, after, types: wanted } }) => {
    const page = await eventsOfAccount(env.DB, person.accountId, {
      types: wanted,
      limit,
      before: placeOf(cursor),
      after: placeOf(after),
      now,
    });
    return c.json({
      events: page.events,
      nextCursor: page.older === null ? null : eventPlace(page.older),
      after: eventPlace(page.newest),
    });
  },
);
