import { CSPProvider } from "@base-ui/react/csp-provider";
import { QueryClientProvider } from "@tanstack/react-query";
import { RouterProvider } from "@tanstack/react-router";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { meKey } from "./data/keys.ts";
import { onSignedOut, queryClient } from "./query-client.ts";
import { router } from "./router.tsx";
import "./styles.css";

onSignedOut(() => {
  queryClient.setQueryData(meKey, null);
  const { href, pathname } = router.state.location;
  if (pathname !== "/sign-in") void router.navigate({ to: "/sign-in", search: { next: href } });
});

// A page of an earlier deployment asks for files that are gone: loading it anew gets the present ones.
window.addEventListener("vite:preloadError", (event) => {
  event.preventDefault();
  window.location.reload();
});

const root = document.getElementById("root");
if (root === null) throw new Error("index.html has no root.");
createRoot(root).render(
  <StrictMode>
    {/* The Content-Security-Policy allows no style elements. */}
    <CSPProvider disableStyleElements>
      <QueryClientProvider client={queryClient}>
        <RouterProvider router={router} />
      </QueryClientProvider>
    </CSPProvider>
  </StrictMode>,
);
