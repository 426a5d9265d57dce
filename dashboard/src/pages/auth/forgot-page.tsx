import { useMutation } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { MailCheck } from "lucide-react";
import { forgotPasswordBodySchema } from "../../../../src/contract/sign-in.ts";
import { Button } from "../../components/ui/button.tsx";
import { TextField } from "../../components/ui/field.tsx";
import { Form } from "../../components/ui/form.tsx";
import { forgotPassword } from "../../data/mailed-links.ts";
import { AuthLayout, textLinkClass } from "./auth-layout.tsx";
import { OutboxHint } from "./outbox-hint.tsx";

/** Asks for a link to choose a new password. What is said does not tell who has an account. */
export function ForgotPage() {
  const asking = useMutation({ mutationFn: forgotPassword });
  const back = (
    <Link to="/sign-in" className={textLinkClass}>
      Back to signing in
    </Link>
  );
  if (asking.isSuccess)
    return (
      <AuthLayout title="Look into your mail" below={back}>
        <p className="flex gap-3 text-14 text-muted">
          <MailCheck aria-hidden className="size-5 shrink-0 text-allowed" />
          If someone here has this address, a mail with a link is on its way. It works for 30 minutes, once.
        </p>
        <OutboxHint />
      </AuthLayout>
    );
  return (
    <AuthLayout
      title="Forgot your password?"
      lead="You get a mail with a link to choose a new one. Until then the old one stays."
      below={back}
    >
      <Form schema={forgotPasswordBodySchema} error={asking.error} onValid={(body) => asking.mutate(body)}>
        <TextField name="email" label="Email" type="email" autoComplete="username" autoFocus />
        <Button type="submit" look="primary" isBusy={asking.isPending}>
          Send the link
        </Button>
      </Form>
    </AuthLayout>
  );
}
