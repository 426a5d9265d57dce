import { CodeBlock } from "../../components/code-block.tsx";
import { KeptOnce } from "../../components/kept-once.tsx";
import { SecretOnce } from "../../components/secret-once.tsx";

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
      name="key"
      loss={
        <p>It cannot be shown again. Without it the agent cannot ask; you would have to rotate the key.</p>
      }
      onStored={onStored}
    >
      <SecretOnce secret={apiKey} name="key" />
      <CodeBlock code={commands} language="sh" label="What to run next, where the agent runs" />
    </KeptOnce>
  );
}
