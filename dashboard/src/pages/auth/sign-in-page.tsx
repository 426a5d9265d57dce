import { useMutation } from "@tanstack/react-query";
import { Link, useSearch } from "@tanstack/react-router";
import { loginBodySchema } from "../../../../src/contract/people.ts";
import { Button } from "../../components/ui/button.tsx";
import { TextField } from "../../components/ui/field.tsx";
import { Form } from "../../components/ui/form.tsx";
import { signIn } from "../../data/session.ts";
import { AuthLayout, textLinkClass } from "./auth-layout.tsx";
import { SecondFactor } from "./second-factor.tsx";
import { useEntered } from "./use-entered.ts";

export function SignInPage() {
  const { next } = useSearch({ from: "/sign-in" });
  const entered = useEntered();
  const signing = useMutation({
    mutationFn: signIn,
    onSuccess: (answer) => {
      if ("user" in answer) entered(answer.user, next);
    },
  });
  if (signing.data !== undefined && "challenge" in signing.data)
    return (
      <SecondFactor
        challenge={signing.data.challenge}
        onEntered={(user) => entered(user, next)}
        onStartOver={() => signing.reset()}
      />
    );
  return (
    <AuthLayout
      title="Sign in"
      lead={next === undefined ? "Decide what your agents may do." : "Sign in to go on to where you were."}
      below={
        <>
          New here?{" "}
          <Link to="/sign-up" search={next === undefined ? {} : { next }} className={textLinkClass}>
            Create an account
          </Link>
        </>
      }
    >
      <Form schema={loginBodySchema} error={signing.error} onValid={(body) => signing.mutate(body)}>
        <TextField name="email" label="Email" type="email" autoComplete="username" autoFocus />
        <TextField name="password" label="Password" type="password" autoComplete="current-password" />
        <Button type="submit" look="primary" isBusy={signing.isPending}>
          Sign in
        </Button>
        <Link to="/forgot" className={`${textLinkClass} self-center text-14`}>
          Forgot your password?
        </Link>
      </Form>
    </AuthLayout>
  );
}
