import { useBlocker } from "@tanstack/react-router";
import { type ReactNode, useRef } from "react";
import { CodeBlock } from "../../components/code-block.tsx";
import { SecretOnce } from "../../components/secret-once.tsx";
import { Button } from "../../components/ui/button.tsx";
import { ConfirmDialog } from "../../components/ui/dialog.tsx";

type KeptOnceProps = {
  secret: string;
  /** What it is, in a sentence: "the key". */
  name: string;
  /** What is lost with it, and what then helps. */
  loss: ReactNode;
  onStored: () => void;
  children?: ReactNode;
};

/** A secret that is shown once. Who goes away without saying that it is stored is asked first. */
export function KeptOnce({ secret, name, loss, onStored, children }: KeptOnceProps) {
  const isStored = useRef(false);
  const leaving = useBlocker({
    shouldBlockFn: () => !isStored.current,
    enableBeforeUnload: () => !isStored.current,
    withResolver: true,
  });
  return (
    <div className="flex flex-col gap-4">
      <SecretOnce secret={secret} name={name} />
      {children}
      <Button
        look="primary"
        className="self-start"
        onClick={() => {
          isStored.current = true;
          onStored();
        }}
      >
        I have stored the {name}
      </Button>
      <ConfirmDialog
        isOpen={leaving.status === "blocked"}
        onOpenChange={(isOpen) => {
          if (!isOpen) leaving.reset?.();
        }}
        title={`Leave without the ${name}?`}
        action={`Leave without the ${name}`}
        look="danger"
        onConfirm={() => leaving.proceed?.()}
      >
        {loss}
      </ConfirmDialog>
    </div>
  );
}

/** A key that was just made, and the commands to run next. */
export function IssuedKey({
  agentId,
  apiKey,
  onStored,
}: {
  agentId: string;
  apiKey: string;
  onStored: () => void;
}) {
  const { origin } = window.location;
  const base = origin === "https://behalfid.com" ? "" : `behalf config set base-url ${origin}\n`;
  const commands = `${base}behalf config set agent-id ${agentId}
behalf config set api-key        # asks for the key, so that it stays out of the shell's history
behalf mcp init && behalf claude
`;
  return (
    <KeptOnce
      secret={apiKey}
      name="key"
      loss={
        <p>It cannot be shown again. Without it the agent cannot ask; you would have to rotate the key.</p>
      }
      onStored={onStored}
    >
      <CodeBlock code={commands} language="sh" label="What to run next, where the agent runs" />
    </KeptOnce>
  );
}
