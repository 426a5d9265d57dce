import type { Event } from "../../contract/event.ts";
import { reasonText } from "../../contract/reason-text.ts";
import { legibleValue } from "./legible.ts";
import { eventTitles, isRequest } from "./titles.ts";

// Slack's limits are 2,000 characters for a field and 3,000 for a URL; escaping makes five out of one.
const maxField = 300;
const maxUrl = 3000;

const fieldNames = [
  ["agentId", "Agent"],
  ["action", "Action"],
  ["vendor", "Vendor"],
  ["amount", "Amount"],
  ["risk", "Risk"],
  ["reason", "Reason"],
  ["comment", "Comment"],
  ["permissionId", "Permission"],
] as const;

type PlainText = { type: "plain_text"; text: string; emoji: false };
type Block =
  | { type: "header"; text: PlainText }
  | { type: "section"; fields: PlainText[] }
  | {
      type: "actions";
      elements: { type: "button"; action_id: string; text: PlainText; url: string; style: "primary" }[];
    }
  | { type: "context"; elements: PlainText[] };
export type SlackMessage = {
  text: string;
  mrkdwn: false;
  unfurl_links: false;
  unfurl_media: false;
  blocks: Block[];
};

/**
 * An event as a message for a Slack incoming webhook: blocks, and the same as text for notifications.
 *
 * Whatever comes from an agent stands in plain_text objects, where no markup is read, with `&`, `<` and `>`
 * escaped as Slack asks, so that it can neither mention anyone nor pass for a link of ours.
 */
export function slackMessage(event: Event): SlackMessage {
  const { type } = event;
  const { reason } = event.data;
  const data = typeof reason === "string" ? { ...event.data, reason: reasonText(reason) } : event.data;
  const title = eventTitles[type];
  const fields = fieldNames.flatMap(([name, label]) => {
    const value = legibleValue(data[name], maxField);
    return value === undefined ? [] : [{ label, value }];
  });
  const said = fields.map(({ label, value }) => `${label}: ${value}`).join(", ");
  const link = dashboardLink(data["dashboardUrl"]);
  return {
    text: escaped(said === "" ? title : `${title}. ${said}`),
    mrkdwn: false,
    unfurl_links: false,
    unfurl_media: false,
    blocks: [
      { type: "header", text: plain(title) },
      ...(fields.length === 0
        ? []
        : [
            {
              type: "section" as const,
              fields: fields.map(({ label, value }) => plain(`${label}\n${escaped(value)}`)),
            },
          ]),
      ...(link === undefined
        ? []
        : [
            {
              type: "actions" as const,
              elements: [
                {
                  type: "button" as const,
                  action_id: "open_approval",
                  text: plain(isRequest(type) ? "Review" : "Open"),
                  url: link,
                  style: "primary" as const,
                },
              ],
            },
          ]),
      { type: "context", elements: [plain(`${event.eventId} · ${event.createdAt}`)] },
    ],
  };
}

function escaped(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}

function plain(text: string): PlainText {
  return { type: "plain_text", text, emoji: false };
}

// Slack refuses the whole message for a button whose link it does not like.
function dashboardLink(value: unknown): string | undefined {
  if (typeof value !== "string" || value.length > maxUrl || !URL.canParse(value)) return undefined;
  return /^https?:$/.test(new URL(value).protocol) ? value : undefined;
}
