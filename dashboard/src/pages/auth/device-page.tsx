import { useMutation, useQuery } from "@tanstack/react-query";
import { useSearch } from "@tanstack/react-router";
import { MonitorCheck, MonitorX } from "lucide-react";
import { useState } from "react";
import { deviceAuthorizeBodySchema } from "../../../../src/contract/people.ts";
import { ErrorNotice } from "../../components/error-notice.tsx";
import { SafeText } from "../../components/safe-text.tsx";
import { Button } from "../../components/ui/button.tsx";
import { TextField } from "../../components/ui/field.tsx";
import { Form } from "../../components/ui/form.tsx";
import { answerDevice, meQuery } from "../../data/session.ts";
import { AuthLayout } from "./auth-layout.tsx";

const codeSchema = deviceAuthorizeBodySchema.pick({ userCode: true });

/** Answers a device that waits to be signed in. Opening the page answers nothing. */
export function DevicePage() {
  const { userCode: given } = useSearch({ from: "/device" });
  const [code, setCode] = useState(given);
  const answering = useMutation({ mutationFn: answerDevice });

  if (answering.data === "authorized")
    return (
      <AuthLayout title="The device is signed in">
        <p className="flex gap-3 text-14 text-muted">
          <MonitorCheck aria-hidden className="size-5 shrink-0 text-allowed" />
          It goes on by itself within a few seconds. You can close this page.
        </p>
      </AuthLayout>
    );
  if (answering.data === "denied")
    return (
      <AuthLayout title="The device stays out">
        <p className="flex gap-3 text-14 text-muted">
          <MonitorX aria-hidden className="size-5 shrink-0 text-denied" />
          It was told so. If you did not start this, nothing of yours was opened.
        </p>
      </AuthLayout>
    );
  if (code === undefined)
    return (
      <AuthLayout title="Sign in a device" lead="Type the code that the device shows.">
        <Form schema={codeSchema} onValid={({ userCode }) => setCode(userCode.toUpperCase())}>
          <TextField
            name="userCode"
            label="Code"
            placeholder="XXXX-XXXX"
            autoComplete="off"
            autoCapitalize="characters"
            spellCheck={false}
            maxLength={16}
            autoFocus
          />
          <Button type="submit" look="primary">
            Go on
          </Button>
        </Form>
      </AuthLayout>
    );
  return (
    <AuthLayout
      title="Sign in this device?"
      lead="A device asks to act as you. It will be able to do what you can do."
    >
      <Question code={code} />
      {answering.error === null ? null : <ErrorNotice error={answering.error} />}
      <div className="flex flex-col gap-3">
        <Button
          look="primary"
          size="large"
          isBusy={answering.isPending}
          onClick={() => answering.mutate({ userCode: code, approve: true })}
        >
          Sign in this device
        </Button>
        <div className="flex gap-3">
          <Button
            look="danger"
            className="flex-1"
            disabled={answering.isPending}
            onClick={() => answering.mutate({ userCode: code, approve: false })}
          >
            Refuse
          </Button>
          <Button
            className="flex-1"
            disabled={answering.isPending}
            onClick={() => {
              answering.reset();
              setCode(undefined);
            }}
          >
            Another code
          </Button>
        </div>
      </div>
    </AuthLayout>
  );
}

function Question({ code }: { code: string }) {
  const { data: user } = useQuery(meQuery);
  return (
    <>
      <div className="flex flex-col items-center gap-2 rounded-lg border border-line bg-sunken p-4">
        <span className="text-12 text-muted">Is this the code on the device?</span>
        <SafeText text={code} isMono className="text-28 font-semibold tracking-widest" />
      </div>
      <dl className="grid grid-cols-[auto_1fr] gap-x-4 gap-y-2 text-14">
        <dt className="text-muted">As</dt>
        <dd className="min-w-0 font-medium">
          <SafeText text={user?.email ?? ""} />
        </dd>
        <dt className="text-muted">In</dt>
        <dd className="min-w-0 font-medium">
          <SafeText text={user?.account?.name ?? "no workspace"} />
        </dd>
      </dl>
      <p className="text-14 text-muted">
        If somebody sent you this link or this code, refuse: whoever holds the device would be signed in as
        you.
      </p>
    </>
  );
}
