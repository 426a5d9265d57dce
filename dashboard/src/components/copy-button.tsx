import { Check, Copy, X } from "lucide-react";
import { useCopy } from "../lib/copy.ts";
import { CopyStatus } from "./copy-status.tsx";
import { IconButton } from "./ui/button.tsx";

export function CopyButton({
  text,
  label = "Copy",
  className,
}: {
  text: string;
  label?: string;
  className?: string;
}) {
  const { result, copy } = useCopy();
  return (
    <>
      <IconButton label={label} size="small" onClick={() => copy(text)} className={className ?? ""}>
        {result === "copied" ? <Check aria-hidden className="size-4 text-allowed" /> : null}
        {result === "failed" ? <X aria-hidden className="size-4 text-denied" /> : null}
        {result === undefined ? <Copy aria-hidden className="size-4" /> : null}
      </IconButton>
      <CopyStatus result={result} />
    </>
  );
}
