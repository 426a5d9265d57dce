import { KeyRound } from "lucide-react";
import { CopyButton } from "./copy-button.tsx";

/** A secret at the only moment at which it can be read. */
export function SecretOnce({ secret, name }: { secret: string; name: string }) {
  return (
    <div className="flex flex-col gap-3 rounded-lg border border-waiting-line bg-waiting-soft p-4">
      <p className="flex gap-2 text-14 text-ink">
        <KeyRound aria-hidden className="mt-0.5 size-4 shrink-0 text-waiting" />
        Copy it now. It is shown this once and cannot be read again.
      </p>
      <div className="flex items-center gap-2 rounded-md border border-waiting-line bg-surface py-1 pr-1 pl-3">
        <code className="min-w-0 flex-1 font-mono text-12 break-all">{secret}</code>
        <CopyButton text={secret} label={`Copy the ${name}`} />
      </div>
    </div>
  );
}
