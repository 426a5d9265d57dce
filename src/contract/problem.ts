import * as z from "zod";

/**
 * Every refusal that is not a decision: its HTTP status, its title, the sentence that stands when nothing
 * more exact is known, and a hint where there is something to do. RFC 9457 over the wire.
 */
export const problems = {
  INVALID_JSON: {
    status: 400,
    title: "Invalid JSON",
    sentence: "Request body must be valid JSON.",
    hint: undefined,
  },
  INVALID_REQUEST: {
    status: 400,
    title: "Invalid request",
    sentence: "The request is not valid.",
    hint: undefined,
  },
  AGENT_AUTH_REQUIRED: {
    status: 401,
    title: "Agent key required",
    sentence: "Missing or invalid API key.",
    hint: "Send the agent's key as 'Authorization: Bearer bhf_sk_…'.",
  },
  AGENT_API_KEY_MISMATCH: {
    status: 401,
    title: "Key does not open this agent",
    sentence: "This API key does not open this agent.",
    hint: "Check that the agent id and the key belong together and that the key was not rotated.",
  },
  AUTH_REQUIRED: {
    status: 401,
    title: "Sign-in required",
    sentence: "Sign in, or send a developer token.",
    hint: "Send the session cookie, or 'x-developer-token: bhf_dev_…'.",
  },
  PASSPORT_TOKEN_REQUIRED: {
    status: 401,
    title: "Passport token required",
    sentence: "Missing or invalid passport token.",
    hint: "Open the passport with the whole link that its owner gave you.",
  },
  INVALID_CREDENTIALS: {
    status: 401,
    title: "Wrong email or password",
    sentence: "The email or the password is wrong.",
    hint: undefined,
  },
  SIGN_IN_EXPIRED: {
    status: 401,
    title: "Sign-in expired",
    sentence: "This sign-in is over.",
    hint: "Sign in again.",
  },
  INVALID_CODE: {
    status: 401,
    title: "Wrong code",
    sentence: "The code is wrong, or was used already.",
    hint: "Wait for the app to show the next code, or use a recovery code.",
  },
  FORBIDDEN: {
    status: 403,
    title: "Not allowed",
    sentence: "Your role does not allow this.",
    hint: "Ask an owner or an admin of the workspace.",
  },
  AGENT_KEY_FORBIDDEN: {
    status: 403,
    title: "Only people may do this",
    sentence: "An agent key cannot do this; a person has to.",
    hint: "Sign in, or send a developer token.",
  },
  INVALID_ORIGIN: {
    status: 403,
    title: "Wrong origin",
    sentence: "A change made with a session cookie must come from this site.",
    hint: "Send the request from the dashboard, or use a developer token.",
  },
  SIGNUP_CLOSED: {
    status: 403,
    title: "Sign-up by invitation",
    sentence: "Sign-up here is by invitation.",
    hint: "Ask a member of the workspace for an invitation.",
  },
  EMAIL_NOT_VERIFIED: {
    status: 403,
    title: "Address not confirmed",
    sentence: "Confirm your email address first.",
    hint: "Open the link in the mail that was sent to you.",
  },
  NOT_FOUND: { status: 404, title: "Not found", sentence: "Nothing is here.", hint: undefined },
  METHOD_NOT_ALLOWED: {
    status: 405,
    title: "Method not allowed",
    sentence: "This address does not take that method.",
    hint: undefined,
  },
  CONFLICT: {
    status: 409,
    title: "Conflict",
    sentence: "This cannot be done in the present state.",
    hint: undefined,
  },
  APPROVAL_ALREADY_DECIDED: {
    status: 409,
    title: "Already decided",
    sentence: "This approval is already decided.",
    hint: undefined,
  },
  DIFFERENT_APPROVER_REQUIRED: {
    status: 403,
    title: "Another person must decide",
    sentence: "This permission demands an approver other than the person who created the agent.",
    hint: "Ask another approver of the workspace.",
  },
  EMAIL_TAKEN: {
    status: 409,
    title: "Address in use",
    sentence: "An account with this email exists.",
    hint: "Sign in instead.",
  },
  MAIL_NOT_CONFIGURED: {
    status: 409,
    title: "No mail here",
    sentence: "This deployment sends no mail.",
    hint: "Ask whoever runs it.",
  },
  IDEMPOTENCY_CONFLICT: {
    status: 409,
    title: "Idempotency-Key already used",
    sentence: "This Idempotency-Key was used with another body, or more than 2 minutes ago.",
    hint: "Use a new key for a new request.",
  },
  LINK_EXPIRED: {
    status: 410,
    title: "Link expired",
    sentence: "This link was used, or has expired.",
    hint: "Ask for a new one.",
  },
  BODY_TOO_LARGE: {
    status: 413,
    title: "Body too large",
    sentence: "The request body is larger than 64 KiB.",
    hint: undefined,
  },
  UNSUPPORTED_MEDIA_TYPE: {
    status: 415,
    title: "Unsupported media type",
    sentence: "The request body must be application/json.",
    hint: "Send 'Content-Type: application/json'.",
  },
  UPGRADE_REQUIRED: {
    status: 426,
    title: "WebSocket required",
    sentence: "This address speaks WebSocket only.",
    hint: "Connect with a WebSocket client.",
  },
  RATE_LIMIT_EXCEEDED: {
    status: 429,
    title: "Too many requests",
    sentence: "Too many requests.",
    hint: "Wait for the seconds that Retry-After names.",
  },
  INTERNAL_ERROR: {
    status: 500,
    title: "Internal error",
    sentence: "Something failed on our side.",
    hint: "Try again; if it goes on, report the request id.",
  },
  UNAVAILABLE: {
    status: 503,
    title: "Unavailable",
    sentence: "This cannot be answered right now.",
    hint: "Try again in a moment.",
  },
  VERIFY_FAILED_CLOSED: {
    status: 503,
    title: "Verification failed closed",
    sentence: "Verification failed closed.",
    hint: "Do not execute the action. Try again in a moment.",
  },
} as const satisfies Record<
  string,
  { status: number; title: string; sentence: string; hint: string | undefined }
>;

export type ProblemCode = keyof typeof problems;

export const problemSchema = z
  .object({
    type: z.string(),
    title: z.string(),
    status: z.number().int(),
    detail: z.string(),
    requestId: z.string(),
    error: z.string().meta({ description: "The same sentence as detail, for older clients." }),
    code: z.string(),
    hint: z.string().optional(),
    errors: z
      .array(z.object({ field: z.string(), rule: z.string() }))
      .optional()
      .meta({ description: "Every field that was refused, and the rule that it broke." }),
  })
  .meta({ id: "Problem" });
export type ProblemBody = z.infer<typeof problemSchema>;
