import { RotateCw, TriangleAlert } from "lucide-react";
import { ApiError } from "../api-error.ts";
import { described } from "./error-notice.tsx";
import { Id } from "./id.tsx";
import { Button } from "./ui/button.tsx";

/** In the place of what could not be loaded. */
export function ErrorState({ error, onRetry }: { error: Error; onRetry?: () => void }) {
  const { sentence, hint, requestId } = described(error);
  // What is not there, or not for whoever asks, is neither when asked again.
  const isFinal = error instanceof ApiError && [401, 403, 404].includes(error.status);
  return (
    <div role="alert" className="flex flex-col items-center gap-3 px-4 py-12 text-center">
      <TriangleAlert aria-hidden className="size-6 text-denied" />
      <div className="flex max-w-md flex-col gap-1">
        <p className="text-16 font-semibold">{sentence}</p>
        {hint === undefined ? null : <p className="text-14 text-muted">{hint}</p>}
      </div>
      {onRetry === undefined || isFinal ? null : (
        <Button onClick={onRetry} icon={<RotateCw aria-hidden className="size-4" />}>
          Try again
        </Button>
      )}
      {requestId === undefined ? null : (
        <p className="text-12 text-faint">
          Request <Id id={requestId} />
        </p>
      )}
    </div>
  );
}
