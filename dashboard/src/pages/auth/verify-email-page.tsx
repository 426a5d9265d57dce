import { useMutation } from "@tanstack/react-query";
import { CircleCheck } from "lucide-react";
import { ErrorNotice } from "../../components/error-notice.tsx";
import { Button, ButtonLink } from "../../components/ui/button.tsx";
import { verifyEmail } from "../../data/mailed-links.ts";
import { useFragmentToken } from "../../lib/fragment-token.ts";
import { AuthLayout } from "./auth-layout.tsx";

/** Confirms an address by a click. Opening the page confirms nothing: mail is opened by scanners, too. */
export function VerifyEmailPage() {
  const token = useFragmentToken("verify-email");
  const verifying = useMutation({ mutationFn: verifyEmail });
  if (verifying.isSuccess)
    return (
      <AuthLayout title="Your address is confirmed">
        <p className="flex gap-3 text-14 text-muted">
          <CircleCheck aria-hidden className="size-5 shrink-0 text-allowed" />
          You can sign in now.
        </p>
        <ButtonLink to="/sign-in" look="primary">
          Sign in
        </ButtonLink>
      </AuthLayout>
    );
  if (token === undefined)
    return (
      <AuthLayout title="This page needs its whole link">
        <p className="text-14 text-muted">
          Open the link of the mail as it is, with what follows the #. To get another mail, sign in: an
          address that is not confirmed gets one each time.
        </p>
        <ButtonLink to="/sign-in">Sign in</ButtonLink>
      </AuthLayout>
    );
  return (
    <AuthLayout
      title="Confirm your address"
      lead="Then you can sign in. If you did not sign up at BehalfID, close this page."
    >
      {verifying.error === null ? null : <ErrorNotice error={verifying.error} />}
      <Button look="primary" isBusy={verifying.isPending} onClick={() => verifying.mutate(token)}>
        Confirm my address
      </Button>
    </AuthLayout>
  );
}
