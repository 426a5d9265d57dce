import { MailCheck } from "lucide-react";
import { SafeText } from "../../components/safe-text.tsx";
import { AuthLayout } from "./auth-layout.tsx";

/** After a sign-up whose address has to be confirmed before the first sign-in. */
export function ConfirmFirst({ email }: { email: string }) {
  return (
    <AuthLayout title="Look into your mail">
      <ConfirmFirstNote email={email} />
    </AuthLayout>
  );
}

export function ConfirmFirstNote({ email }: { email: string }) {
  return (
    <div className="flex gap-3 text-14 text-muted" role="status">
      <MailCheck aria-hidden className="size-5 shrink-0 text-allowed" />
      <div className="flex min-w-0 flex-col gap-2">
        <p>Your account is made. Open the link that was mailed to this address, then sign in:</p>
        <SafeText text={email} className="font-medium text-ink" />
        <p>The link works for 24 hours. Signing in before that sends another.</p>
      </div>
    </div>
  );
}
