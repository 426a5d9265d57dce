import { useMutation } from "@tanstack/react-query";
import { Link, useSearch } from "@tanstack/react-router";
import { signUpBodySchema } from "../../../../src/contract/people.ts";
import { ApiError } from "../../api-error.ts";
import { Button } from "../../components/ui/button.tsx";
import { TextField } from "../../components/ui/field.tsx";
import { Form } from "../../components/ui/form.tsx";
import { signUp } from "../../data/session.ts";
import { AuthLayout, textLinkClass } from "./auth-layout.tsx";
import { ConfirmFirst } from "./confirm-first.tsx";
import { useEntered } from "./use-entered.ts";

export function SignUpPage() {
  const { next } = useSearch({ from: "/sign-up" });
  const entered = useEntered();
  const signing = useMutation({
    mutationFn: signUp,
    onSuccess: ({ user, emailVerificationRequired }) => {
      if (emailVerificationRequired !== true) entered(user, next);
    },
  });
  // Only the first account of a deployment needs one, so it is asked for when the server does.
  const needsSetupToken =
    signing.error instanceof ApiError &&
    signing.error.code === "SIGNUP_CLOSED" &&
    /setup token/.test(signing.error.message);
  if (signing.data?.emailVerificationRequired === true)
    return <ConfirmFirst email={signing.data.user.email} />;
  return (
    <AuthLayout
      title="Create an account"
      lead="You get a workspace of your own, and decide who else comes in."
      below={
        <>
          Have one already?{" "}
          <Link to="/sign-in" search={next === undefined ? {} : { next }} className={textLinkClass}>
            Sign in
          </Link>
        </>
      }
    >
      <Form schema={signUpBodySchema} error={signing.error} onValid={(body) => signing.mutate(body)}>
        <TextField
          name="name"
          label="Name"
          autoComplete="name"
          isOptional
          autoFocus
          hint="Shown beside what you decide."
        />
        <TextField name="email" label="Email" type="email" autoComplete="username" />
        <TextField
          name="password"
          label="Password"
          type="password"
          autoComplete="new-password"
          hint="At least 8 characters. A few words are better than a few signs."
        />
        <TextField name="workspace" label="Workspace" autoComplete="organization" isOptional />
        {needsSetupToken ? (
          <TextField
            name="setupToken"
            label="Setup token"
            autoComplete="off"
            type="password"
            hint="The secret SETUP_TOKEN of this deployment."
          />
        ) : null}
        <Button type="submit" look="primary" isBusy={signing.isPending}>
          Create account
        </Button>
      </Form>
    </AuthLayout>
  );
}
