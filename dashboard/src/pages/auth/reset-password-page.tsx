import { useMutation } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { CircleCheck } from "lucide-react";
import { resetPasswordBodySchema } from "../../../../src/contract/sign-in.ts";
import { Button, ButtonLink } from "../../components/ui/button.tsx";
import { TextField } from "../../components/ui/field.tsx";
import { Form } from "../../components/ui/form.tsx";
import { resetPassword } from "../../data/mailed-links.ts";
import { useFragmentToken } from "../../lib/fragment-token.ts";
import { AuthLayout, textLinkClass } from "./auth-layout.tsx";

/** Takes a new password by the link of a mail. */
export function ResetPasswordPage() {
  const token = useFragmentToken("reset-password");
  const resetting = useMutation({ mutationFn: resetPassword });
  if (resetting.isSuccess)
    return (
      <AuthLayout title="The password is changed">
        <p className="flex gap-3 text-14 text-muted">
          <CircleCheck aria-hidden className="size-5 shrink-0 text-allowed" />
          Every session of yours has ended. Sign in with the new password.
        </p>
        <ButtonLink to="/sign-in" look="primary">
          Sign in
        </ButtonLink>
      </AuthLayout>
    );
  const another = (
    <Link to="/forgot" className={textLinkClass}>
      Ask for another link
    </Link>
  );
  if (token === undefined)
    return (
      <AuthLayout title="This page needs its whole link" below={another}>
        <p className="text-14 text-muted">
          Open the link of the mail as it is, with what follows the #. It works for 30 minutes, once.
        </p>
      </AuthLayout>
    );
  return (
    <AuthLayout
      title="Choose a new password"
      lead="Every session of yours ends with it, wherever you are signed in."
      below={another}
    >
      <Form
        schema={resetPasswordBodySchema}
        error={resetting.error}
        toBody={({ newPassword }) => ({ token, newPassword })}
        onValid={(body) => resetting.mutate(body)}
      >
        <TextField
          name="newPassword"
          label="New password"
          type="password"
          autoComplete="new-password"
          autoFocus
          hint="At least 8 characters. A few words are better than a few signs."
        />
        <Button type="submit" look="primary" isBusy={resetting.isPending}>
          Change the password
        </Button>
      </Form>
    </AuthLayout>
  );
}
