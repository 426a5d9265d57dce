import { legible } from "../../webhooks/formats/legible.ts";
import type { OutgoingMail } from "./send-mail.ts";

// What follows the # stays in the browser: it reaches no server's log and no other site.
const linkTo = (env: Env, page: string, token: string) => `${env.PUBLIC_URL}/${page}#${token}`;

/** The mail with the link to a new password. */
export function resetMail(env: Env, to: string, token: string): OutgoingMail {
  return {
    to,
    subject: "Choose a new BehalfID password",
    text: `Somebody, probably you, asked to choose a new password for ${to} at BehalfID.

${linkTo(env, "reset-password", token)}

The link works for 30 minutes, once. All sessions end with it. If it was not you, there is nothing to do: your
password stays as it is.`,
  };
}

/** The mail with the link that confirms an address. */
export function verifyMail(env: Env, to: string, token: string): OutgoingMail {
  return {
    to,
    subject: "Confirm your address for BehalfID",
    text: `Confirm that ${to} is your address, and then sign in:

${linkTo(env, "verify-email", token)}

The link works for 24 hours, once. If you did not sign up at BehalfID, do not open it.`,
  };
}

/** The mail that invites somebody into a workspace. */
export function invitationMail(
  to: string,
  { accountName, link }: { accountName: string; link: string },
): OutgoingMail {
  // Somebody chose this name, and a mail is read with our name on it: one line, and nothing that becomes a link.
  const name = legible(accountName, 60).replaceAll(/[./:\\@]/g, " ");
  return {
    to,
    subject: `You are invited to "${name}" on BehalfID`,
    text: `You are invited to the workspace "${name}" on BehalfID, where people approve what AI agents do.

${link}

The link works for 7 days, once, for ${to} only. If you do not know the workspace, do not open it.`,
  };
}
