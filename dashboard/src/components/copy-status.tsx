import type { useCopy } from "../lib/copy.ts";

const said = { copied: "Copied", failed: "Copying failed: select the text instead" };

/** Says to a screen reader whether copying worked. Beside the button: what is in it is read as its name. */
export function CopyStatus({ result }: Pick<ReturnType<typeof useCopy>, "result">) {
  return (
    <span role="status" className="sr-only">
      {result === undefined ? "" : said[result]}
    </span>
  );
}
