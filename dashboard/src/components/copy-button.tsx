import { Check, Copy, X } from "lucide-react";
import { useCopy } from "../lib/copy.ts";
import { IconButton } from "./ui/button.tsx";

const said = { copied: "Copied", failed: "Copying failed: select the text instead" };

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
      <span role="status" className="sr-only">
        {result === undefined ? "" : said[result]}
      </span>
    </>
  );
}
