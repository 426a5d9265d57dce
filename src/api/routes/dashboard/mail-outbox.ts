import * as z from "zod";
import { mailSchema } from "../../../contract/sign-in.ts";
import { keptMail } from "../../../db/mail-outbox.ts";
import type { AppContext } from "../../context.ts";
import { route } from "../../operation.ts";
import { isForThisMachine, isLocalHost, isOurOrigin } from "../../people/site.ts";
import { Problem } from "../../problem.ts";

export const mailOutboxRoute = route(
  {
    method: "get",
    path: "/api/dashboard/mail-outbox",
    id: "mailOutbox",
    tag: "System",
    summary: "The mail of a local instance",
    description:
      "On a developer's own machine there is nobody to hand mail to: it is kept here for 7 days, for whoever sits at the machine, signed in or not. Anywhere else, and for other machines and other sites, nothing is here.",
    access: { kind: "none" },
    answers: {
      200: {
        description: "The newest 50 mails, newest first.",
        schema: z.object({ mails: z.array(mailSchema) }),
      },
    },
    problems: ["NOT_FOUND"],
  },
  async ({ c, env }) => {
    if (env.ENVIRONMENT !== "local" || !comesFromThisMachine(c)) throw new Problem("NOT_FOUND");
    return c.json({ mails: await keptMail(env.DB) });
  },
);

// It opens people's accounts, so each of these must hold: the name by which a browser asked is this machine's (a
// site whose name was made to point here keeps its own), the caller is on it, and no other site's page asks.
function comesFromThisMachine(c: AppContext): boolean {
  const address = c.req.header("CF-Connecting-IP");
  const origin = c.req.header("Origin");
  const fetchSite = c.req.header("Sec-Fetch-Site");
  return (
    isLocalHost(new URL(c.env.PUBLIC_URL).hostname) &&
    isForThisMachine(c.req.raw) &&
    (address === undefined || isLocalHost(address)) &&
    (origin === undefined || isOurOrigin(c.env, origin)) &&
    (fetchSite === undefined || fetchSite === "same-origin" || fetchSite === "none")
  );
}
