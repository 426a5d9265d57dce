import { useEffect, useState } from "react";

/** Puts a text on the clipboard and says for two seconds whether that worked. */
export function useCopy(): { result: "copied" | "failed" | undefined; copy: (text: string) => void } {
  const [result, setResult] = useState<"copied" | "failed">();
  useEffect(() => {
    if (result === undefined) return;
    const timer = setTimeout(() => setResult(undefined), 2000);
    return () => clearTimeout(timer);
  }, [result]);
  const copy = (text: string) => {
    // Missing where the page is neither https nor localhost.
    const done = navigator.clipboard?.writeText(text) ?? Promise.reject(new Error("no clipboard"));
    done.then(
      () => setResult("copied"),
      () => setResult("failed"),
    );
  };
  return { result, copy };
}
