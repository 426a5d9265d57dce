import { useMutation, useQueryClient } from "@tanstack/react-query";
import { confirmTwoFactorBodySchema, presentPasswordBodySchema } from "../../../../src/contract/sign-in.ts";
import { CodeBlock } from "../../components/code-block.tsx";
import { CopyButton } from "../../components/copy-button.tsx";
import { KeptOnce } from "../../components/kept-once.tsx";
import { Button } from "../../components/ui/button.tsx";
import { Dialog } from "../../components/ui/dialog.tsx";
import { TextField } from "../../components/ui/field.tsx";
import { Form } from "../../components/ui/form.tsx";
import { beginTwoFactor, confirmTwoFactor, twoFactorQuery } from "../../data/two-factor.ts";
import { QrCode } from "./qr-code.tsx";

/** Turns two-factor on: the password, the app, its first code, the recovery codes. */
export function BeginTwoFactorDialog({ onClose }: { onClose: () => void }) {
  const client = useQueryClient();
  const beginning = useMutation({ mutationFn: beginTwoFactor });
  const confirming = useMutation({
    mutationFn: confirmTwoFactor,
    onSuccess: () => client.invalidateQueries({ queryKey: twoFactorQuery.queryKey }),
  });
  const { data: secret } = beginning;
  const { data: recoveryCodes } = confirming;
  return (
    <Dialog
      isOpen
      staysOpen={confirming.isPending || recoveryCodes !== undefined}
      onOpenChange={(open) => (open ? undefined : onClose())}
      title={recoveryCodes === undefined ? "Turn two-factor on" : "Two-factor is on"}
      description={
        recoveryCodes !== undefined
          ? "Keep these codes where you find them without your phone. Each signs you in once. They are shown this once."
          : secret === undefined
            ? "Your password first, so that nobody does this at a screen that you left open."
            : "Scan this with an authenticator app, then type the code that it shows."
      }
    >
      {recoveryCodes !== undefined ? (
        <KeptOnce
          name="codes"
          loss={
            <p>
              They cannot be shown again. Without your phone and without them you cannot sign in; you would
              have to turn two-factor off and on again.
            </p>
          }
          onStored={onClose}
        >
          <CodeBlock code={recoveryCodes.join("\n")} label="Recovery codes" />
        </KeptOnce>
      ) : secret === undefined ? (
        <Form
          key="password"
          schema={presentPasswordBodySchema}
          error={beginning.error}
          onValid={(body) => beginning.mutate(body)}
        >
          <TextField
            name="password"
            label="Your password"
            type="password"
            autoComplete="current-password"
            autoFocus
          />
          <Button type="submit" look="primary" className="self-end" isBusy={beginning.isPending}>
            Go on
          </Button>
        </Form>
      ) : (
        <div className="flex flex-col gap-4">
          <QrCode text={secret.uri} label="The secret for your authenticator app" />
          <div className="flex flex-col gap-1">
            <p className="text-12 text-muted">Or type it in:</p>
            <div className="flex items-center gap-2 rounded-md border border-line bg-sunken py-1 pr-1 pl-3">
              <code className="min-w-0 flex-1 font-mono text-12">{inFours(secret.secret)}</code>
              <CopyButton text={secret.secret} label="Copy the secret" />
            </div>
          </div>
          <Form
            key="code"
            schema={confirmTwoFactorBodySchema}
            error={confirming.error}
            onValid={(body) => confirming.mutate(body)}
          >
            <TextField
              name="code"
              label="Code"
              inputMode="numeric"
              autoComplete="one-time-code"
              maxLength={16}
              placeholder="123 456"
            />
            <Button type="submit" look="primary" className="self-end" isBusy={confirming.isPending}>
              Turn it on
            </Button>
          </Form>
        </div>
      )}
    </Dialog>
  );
}

const inFours = (text: string) => text.replaceAll(/(.{4})(?=.)/g, "$1 ");
