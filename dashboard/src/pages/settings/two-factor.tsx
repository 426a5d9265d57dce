import { useQuery } from "@tanstack/react-query";
import { ShieldCheck, ShieldOff } from "lucide-react";
import { lazy, Suspense, useState } from "react";
import { ErrorState } from "../../components/error-state.tsx";
import { Time } from "../../components/time.tsx";
import { Button } from "../../components/ui/button.tsx";
import { Card } from "../../components/ui/card.tsx";
import { Skeleton } from "../../components/ui/skeleton.tsx";
import { twoFactorQuery } from "../../data/two-factor.ts";
import { EndTwoFactorDialog } from "./end-two-factor-dialog.tsx";

// With the encoder of the picture that an app scans: few open it, and once.
const BeginTwoFactorDialog = lazy(async () => ({
  default: (await import("./begin-two-factor-dialog.tsx")).BeginTwoFactorDialog,
}));

/** Whether signing in takes a code of an authenticator app. */
export function TwoFactor() {
  const { data, error, refetch } = useQuery(twoFactorQuery);
  const [doing, setDoing] = useState<"begin" | "end">();
  const over = () => setDoing(undefined);
  return (
    <section className="flex flex-col gap-3">
      <div>
        <h2 className="text-16 font-semibold">Two-factor</h2>
        <p className="text-14 text-muted">
          Signing in then takes a code of an app on your phone. A password alone opens nothing.
        </p>
      </div>
      {data === undefined && error !== null ? (
        <ErrorState error={error} onRetry={() => void refetch()} />
      ) : data === undefined ? (
        <Skeleton className="h-17" />
      ) : (
        <Card className="flex flex-wrap items-center gap-x-4 gap-y-3 p-4">
          {data.enabled ? (
            <ShieldCheck aria-hidden className="size-5 shrink-0 text-allowed" />
          ) : (
            <ShieldOff aria-hidden className="size-5 shrink-0 text-faint" />
          )}
          <div className="flex min-w-0 flex-1 basis-48 flex-col">
            <span className="text-14 font-medium">{data.enabled ? "On" : "Off"}</span>
            <span className="text-12 text-muted">
              {data.enabled ? (
                <>
                  {data.confirmedAt === null ? null : (
                    <>
                      since <Time at={data.confirmedAt} />,{" "}
                    </>
                  )}
                  {data.recoveryCodesLeft} recovery {data.recoveryCodesLeft === 1 ? "code" : "codes"} left
                </>
              ) : (
                "Recommended for everyone who approves."
              )}
            </span>
          </div>
          {data.enabled ? (
            <Button look="danger" onClick={() => setDoing("end")}>
              Turn off
            </Button>
          ) : (
            <Button onClick={() => setDoing("begin")}>Turn on</Button>
          )}
          {data.enabled && data.recoveryCodesLeft <= 2 ? (
            <p className="w-full text-12 text-waiting">
              Few recovery codes are left. Turn two-factor off and on again to get new ones.
            </p>
          ) : null}
        </Card>
      )}
      {doing === "begin" ? (
        <Suspense>
          <BeginTwoFactorDialog onClose={over} />
        </Suspense>
      ) : null}
      <EndTwoFactorDialog isOpen={doing === "end"} onClose={over} />
    </section>
  );
}
