import * as z from "zod";
import {
  packetSchema,
  actionRequest,
  idempotencyKeySchema,
  verifyBodySchema,
} from "../../../contract/verify.ts";
import { agentKeyOf } from "../../agent-key.ts";
import { parse } from "../../body.ts";
import { route } from "../../operation.ts";
import { verify } from "../../verification.ts";

const headersSchema = z.object({ "Idempotency-Key": idempotencyKeySchema.optional() });

export const verifyRoute = route(
  {
    method: "post",
    path: "/api/verify",
    id: "verify",
    tag: "Decisions",
    summary: "Ask before acting",
    description:
      "Answers 200 with a decision, refusals too. Only `allowed: true` is permission to act, once. When a person must approve, the answer names the approval; ask again with the same body after it is given. A retry with the same Idempotency-Key and body within 2 minutes gets the same packet with `replayed: true`; later, or with another body, 409.",
    access: { kind: "own", scheme: "agentKey" },
    overload: "VERIFY_FAILED_CLOSED",
    headers: headersSchema,
    body: verifyBodySchema,
    answers: { 200: { description: "The decision.", schema: packetSchema } },
    problems: [
      "AGENT_AUTH_REQUIRED",
      "AGENT_API_KEY_MISMATCH",
      "IDEMPOTENCY_CONFLICT",
      "RATE_LIMIT_EXCEEDED",
      "VERIFY_FAILED_CLOSED",
    ],
  },
  async ({ c, body }) => {
    const idempotencyKey = c.req.header("Idempotency-Key");
    if (idempotencyKey !== undefined) parse(headersSchema, { "Idempotency-Key": idempotencyKey });
    return c.json(
      await verify(c, {
        key: agentKeyOf(c.req.raw),
        agentId: body.agentId,
        request: actionRequest(body),
        idempotencyKey,
      }),
    );
  },
);
