import { useEffect, useState } from "react";

/**
 * The secret of a link, out of its fragment, which no server sees. It is taken out of the address at once: an
 * address is shown, copied, photographed and synchronised. Undefined when there is none.
 */
export function useFragmentToken(name: string): string | undefined {
  const key = `behalfid.${name}`;
  const [token, setToken] = useState(() => present(key));
  useEffect(() => {
    // Pasting another link of the same page changes nothing but the fragment.
    const take = () => {
      const found = present(key);
      setToken(found);
      if (window.location.hash === "") return;
      const { pathname, search } = window.location;
      window.history.replaceState({ ...window.history.state, [key]: found }, "", pathname + search);
    };
    take();
    window.addEventListener("hashchange", take);
    return () => window.removeEventListener("hashchange", take);
  }, [key]);
  return token;
}

function present(key: string): string | undefined {
  return window.location.hash.slice(1) || kept(key);
}

// The browser keeps it with this entry of the tab's history, so that a reload does not lose it.
function kept(key: string): string | undefined {
  const state: unknown = window.history.state;
  if (typeof state !== "object" || state === null) return undefined;
  const token: unknown = Reflect.get(state, key);
  return typeof token === "string" ? token : undefined;
}
