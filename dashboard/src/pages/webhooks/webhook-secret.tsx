import { CodeBlock } from "../../components/code-block.tsx";
import { KeptOnce } from "../../components/kept-once.tsx";
import { SecretOnce } from "../../components/secret-once.tsx";
import type { WebhookFormat } from "../../../../src/contract/webhook.ts";

const verification = `import { verifyWebhookSignature } from "behalf";

// The body as it arrived: parsing it first changes what is signed.
const event = await verifyWebhookSignature({
  payload: await request.text(),
  headers: request.headers,
  secret: process.env.BEHALFID_WEBHOOK_SECRET,
});
if (event.type === "verification.approval_required") notify(event.data);
`;

type WebhookSecretProps = { secret: string; format: WebhookFormat; onStored: () => void };

/** A webhook's secret while it can be read, and what to do with it. */
export function WebhookSecret({ secret, format, onStored }: WebhookSecretProps) {
  return (
    <KeptOnce
      name="secret"
      loss={
        <p>
          It cannot be shown again. Without it nobody can check what is sent; you would have to rotate it.
        </p>
      }
      onStored={onStored}
    >
      <SecretOnce secret={secret} name="secret" />
      {format === "json" ? (
        <div className="flex flex-col gap-2">
          <p className="text-14 text-muted">
            Keep it where your receiver finds it, and let the receiver refuse what is not signed with it. The
            signature also follows Standard Webhooks, so its libraries check it, too.
          </p>
          <CodeBlock code={verification} label="The receiver" language="ts" />
        </div>
      ) : (
        <p className="text-14 text-muted">
          {format === "slack" ? "Slack" : "PagerDuty"} does not check signatures. Keep it in case a relay of
          yours stands between.
        </p>
      )}
    </KeptOnce>
  );
}
