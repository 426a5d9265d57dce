import { useMutation } from "@tanstack/react-query";
import type { User } from "../../../../src/contract/people.ts";
import { confirmTwoFactorBodySchema } from "../../../../src/contract/sign-in.ts";
import { ApiError } from "../../api-error.ts";
import { Button } from "../../components/ui/button.tsx";
import { TextField } from "../../components/ui/field.tsx";
import { Form } from "../../components/ui/form.tsx";
import { finishSignIn } from "../../data/session.ts";
import { AuthLayout } from "./auth-layout.tsx";

type SecondFactorProps = { challenge: string; onEntered: (user: User) => void; onStartOver: () => void };

/** Asks for the app's code, after the password was right. */
export function SecondFactor({ challenge, onEntered, onStartOver }: SecondFactorProps) {
  const finishing = useMutation({ mutationFn: finishSignIn, onSuccess: onEntered });
  const isOver = finishing.error instanceof ApiError && finishing.error.code === "SIGN_IN_EXPIRED";
  return (
    <AuthLayout
      title="The code of your app"
      lead="Six digits, or one of your recovery codes. You have 5 minutes and 5 tries."
    >
      <Form
        schema={confirmTwoFactorBodySchema}
        error={finishing.error}
        onValid={({ code }) => finishing.mutate({ challenge, code })}
      >
        <TextField
          name="code"
          label="Code"
          inputMode="text"
          autoComplete="one-time-code"
          spellCheck={false}
          maxLength={64}
          autoFocus
        />
        {isOver ? null : (
          <Button type="submit" look="primary" isBusy={finishing.isPending}>
            Sign in
          </Button>
        )}
      </Form>
      <Button look={isOver ? "primary" : "quiet"} onClick={onStartOver}>
        Start over
      </Button>
    </AuthLayout>
  );
}
