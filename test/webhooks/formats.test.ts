import { describe, expect, test } from "vitest";
import { type Event, eventTypes } from "../../src/contract/event.ts";
import { deliveryBody } from "../../src/webhooks/formats/body.ts";
import { legible } from "../../src/webhooks/formats/legible.ts";
import { pagerDutyEvent } from "../../src/webhooks/formats/pagerduty.ts";
import { slackMessage } from "../../src/webhooks/formats/slack.ts";

const site = "https://behalfid.example";
const dashboardUrl = `${site}/dashboard/approvals?approvalId=apr_0000000000000001`;
const requested: Event = {
  eventId: "evt_0000000000000001",
  type: "approval.requested",
  createdAt: "2030-01-31T12:00:00.000Z",
  accountId: "acct_0000000000000001",
  data: {
    approvalId: "apr_0000000000000001",
    requestId: "req_0000000000000001",
    status: "pending",
    agentId: "agent_0000000000000001",
    permissionId: "perm_0000000000000001",
    action: "deploy_production",
    vendor: "vercel.com",
    amount: 742,
    risk: "medium",
    dashboardUrl,
    expiresAt: "2030-02-01T12:00:00.000Z",
  },
};
const withData = (data: Record<string, unknown>): Event => ({
  ...requested,
  data: { ...requested.data, ...data },
});

// What an agent might call its action so that a person reads something else.
const hostile = [
  "*approved* <https://evil.example|click here> &lt; <!channel> <@U123>",
  "read_file\nApproved by: the owner",
  "deploy\u202e gpj.exe \u2066hidden\u2069 zero\u200bwidth tag\u{e0041} \u0000\u001b[31m",
  "x".repeat(5000),
  ":white_check_mark: approved `code` ~no~ _it_ > quote",
];

describe("as json, an event", () => {
  test("is itself, in this order and with nothing else", () => {
    const stored = { data: { a: 1 }, type: "agent.created", eventId: "evt_1", extra: 1 } as unknown as Event;
    const body = deliveryBody(
      { ...stored, createdAt: "2030-01-31T12:00:00.000Z", accountId: "acct_1" },
      "json",
      { routingKey: null, isOver: false, site },
    );
    expect(body).toBe(
      '{"eventId":"evt_1","type":"agent.created","createdAt":"2030-01-31T12:00:00.000Z","accountId":"acct_1","data":{"a":1}}',
    );
  });
});

test.each(["slack", "pagerduty"] as const)(
  "for %s, a decision that waits links to its approval",
  (format) => {
    const { dashboardUrl: _, ...data } = requested.data;
    const event: Event = { ...requested, type: "verification.approval_required", data };
    const context = { routingKey: null, isOver: false, site };
    expect(deliveryBody(event, format, context)).toContain(JSON.stringify(dashboardUrl));
    const { approvalId: __, ...ofNone } = data;
    expect(deliveryBody({ ...event, data: ofNone }, format, context)).not.toContain(site);
  },
);

describe("for Slack, an event", () => {
  test("is a text and blocks: agent, action, vendor, amount and a button to the approval", () => {
    expect(slackMessage(requested)).toEqual({
      text: "Approval requested. Agent: agent_0000000000000001, Action: deploy_production, Vendor: vercel.com, Amount: 742, Risk: medium, Permission: perm_0000000000000001",
      mrkdwn: false,
      unfurl_links: false,
      unfurl_media: false,
      blocks: [
        { type: "header", text: { type: "plain_text", text: "Approval requested", emoji: false } },
        {
          type: "section",
          fields: [
            "Agent\nagent_0000000000000001",
            "Action\ndeploy_production",
            "Vendor\nvercel.com",
            "Amount\n742",
            "Risk\nmedium",
            "Permission\nperm_0000000000000001",
          ].map((text) => ({ type: "plain_text", text, emoji: false })),
        },
        {
          type: "actions",
          elements: [
            {
              type: "button",
              action_id: "open_approval",
              text: { type: "plain_text", text: "Review", emoji: false },
              url: dashboardUrl,
              style: "primary",
            },
          ],
        },
        {
          type: "context",
          elements: [
            { type: "plain_text", text: "evt_0000000000000001 · 2030-01-31T12:00:00.000Z", emoji: false },
          ],
        },
      ],
    });
  });

  test.each(hostile)("cannot be made to read otherwise by an action's name: %j", (action) => {
    const message = slackMessage(withData({ action, vendor: action, comment: action }));
    const json = JSON.stringify(message);
    // No object in which Slack reads markup, no link, no mention, no line that we did not break.
    expect(json).not.toContain('"mrkdwn"}');
    expect(json).not.toMatch(/[<>]/);
    // oxlint-disable-next-line no-control-regex
    expect(json).not.toMatch(/[\p{Cf}\p{Cc}]/u);
    expect(json).not.toMatch(/\\u00[01]/);
    const texts = message.blocks.flatMap((block) => (block.type === "section" ? block.fields : []));
    for (const { text } of texts) {
      expect(text.split("\n")).toHaveLength(2);
      expect(text.length).toBeLessThanOrEqual(2000);
    }
    expect(texts.length).toBeLessThanOrEqual(10);
    expect(message.text.split("\n")).toHaveLength(1);
  });

  test("says why in a sentence, not by a code", () => {
    const denied: Event = { ...requested, type: "verification.denied", data: { reason: "command_blocked" } };
    expect(slackMessage(denied).text).toContain("Reason: The command is missing, or holds a text");
  });

  test("has `&`, `<` and `>` escaped, once", () => {
    const message = slackMessage(withData({ action: "a & b < c > d &amp;" }));
    expect(message.text).toContain("Action: a &amp; b &lt; c &gt; d &amp;amp;,");
    expect(JSON.stringify(message.blocks)).toContain("Action\\na &amp; b &lt; c &gt; d &amp;amp;");
  });

  test("has no button where there is no link, or one that is no web page", () => {
    for (const link of [
      undefined,
      "javascript:alert(1)",
      "not a url",
      7,
      `https://a.example/${"x".repeat(3000)}`,
    ])
      expect(JSON.stringify(slackMessage(withData({ dashboardUrl: link })))).not.toContain('"button"');
  });

  test("of any type is a message that Slack takes", () => {
    for (const type of eventTypes) {
      const { text, blocks } = slackMessage({ ...requested, type, data: {} });
      expect(text.length).toBeGreaterThan(0);
      expect(blocks.map((block) => block.type)).toEqual(["header", "context"]);
    }
  });
});

describe("for PagerDuty, an event", () => {
  const routingKey = "0123456789abcdef0123456789abcdef";
  const key = { routingKey, isOver: false };

  test("that asks for approval triggers an alert under the approval's id", () => {
    expect(pagerDutyEvent(requested, key)).toEqual({
      routing_key: routingKey,
      dedup_key: "apr_0000000000000001",
      event_action: "trigger",
      payload: {
        summary: "Approval requested: agent_0000000000000001 wants deploy_production on vercel.com",
        source: "agent_0000000000000001",
        severity: "warning",
        timestamp: "2030-01-31T12:00:00.000Z",
        component: "vercel.com",
        class: "approval.requested",
        custom_details: {
          agentId: "agent_0000000000000001",
          action: "deploy_production",
          vendor: "vercel.com",
          amount: "742",
          approvalId: "apr_0000000000000001",
          eventId: "evt_0000000000000001",
        },
      },
      links: [{ href: dashboardUrl, text: "Review the request" }],
      client: "BehalfID",
      client_url: dashboardUrl,
    });
    const verification = pagerDutyEvent({ ...requested, type: "verification.approval_required" }, key);
    expect(verification).toMatchObject({ event_action: "trigger", dedup_key: "apr_0000000000000001" });
  });

  test.each(["approval.approved", "approval.denied", "approval.used", "approval.expired"] as const)(
    "%s resolves it",
    (type) => {
      expect(pagerDutyEvent({ ...requested, type }, key)).toEqual({
        routing_key: routingKey,
        dedup_key: "apr_0000000000000001",
        event_action: "resolve",
      });
    },
  );

  test("that asks too late opens no alert", () => {
    expect(pagerDutyEvent(requested, { routingKey, isOver: true })).toEqual({
      routing_key: routingKey,
      dedup_key: "apr_0000000000000001",
      event_action: "resolve",
    });
  });

  test("that is a test wakes nobody", () => {
    const event = pagerDutyEvent(
      { ...requested, type: "webhook.test", data: {} },
      { routingKey: null, isOver: false },
    );
    expect(event).toEqual({ dedup_key: "evt_0000000000000001", event_action: "resolve" });
  });

  test.each(hostile)("keeps PagerDuty's limits and one line, whatever an action is called: %j", (action) => {
    const event = pagerDutyEvent(withData({ action, vendor: action, approvalId: action }), key);
    if (event.event_action !== "trigger") throw new Error("It must trigger.");
    expect(event.dedup_key.length).toBeLessThanOrEqual(255);
    expect(event.payload.summary.length).toBeLessThanOrEqual(1024);
    // oxlint-disable-next-line no-control-regex
    expect(JSON.stringify(event)).not.toMatch(/[\p{Cf}\p{Cc}]|\\n|\\u00[01]/u);
  });
});

test("a legible text is cut between characters, never inside one", () => {
  expect(legible("👍👍👍", 2)).toBe("👍…");
  expect(legible("👍👍", 2)).toBe("👍👍");
  expect(legible("  a \t\r\n b  ", 10)).toBe("a   b");
  expect(legible("\ud83d", 10)).toBe("\ufffd");
});

test("a legible text shows letters that pass for others, and leaves alone those that do not", () => {
  expect(legible("v\u0435rcel.com", 40)).toBe("v\\u{435}rcel.com");
  expect(legible("https:\u2215\u2215vercel.com", 40)).toBe("https:\\u{2215}\\u{2215}vercel.com");
  expect(legible("Проверка café 東京 naïve", 40)).toBe("Проверка café 東京 naïve");
});
