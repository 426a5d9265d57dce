import { useSyncExternalStore } from "react";

const key = "behalfid.notify";
const listeners = new Set<() => void>();

type Permission = NotificationPermission | "unsupported";

function permission(): Permission {
  return "Notification" in window ? Notification.permission : "unsupported";
}

let isWanted = wanted();

function wanted(): boolean {
  try {
    return localStorage.getItem(key) === "on";
  } catch {
    return false;
  }
}

/** What the browser allows, and what the person chose. */
export function useNotifying(): { permission: Permission; isOn: boolean } {
  const state = useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => `${permission()} ${isWanted}`,
  );
  return { permission: permission(), isOn: state === "granted true" };
}

/** Switches notifications on or off. Browsers want to be asked out of a click. */
export async function setNotifying(on: boolean): Promise<void> {
  if (on && permission() === "default") await Notification.requestPermission();
  isWanted = on;
  try {
    if (on) localStorage.setItem(key, "on");
    else localStorage.removeItem(key);
  } catch {
    // Storage is switched off: the choice holds until the page is left.
  }
  for (const listener of listeners) listener();
}

/** Shows a notification to someone who looks elsewhere and wants it. One with the same tag is shown once. */
export function notify({
  title,
  body,
  tag,
  onClick,
}: {
  title: string;
  body: string;
  tag: string;
  onClick: () => void;
}): void {
  if (!isWanted || permission() !== "granted" || document.visibilityState === "visible") return;
  try {
    const shown = new Notification(title, { body, tag, icon: "/favicon.svg" });
    shown.addEventListener("click", () => {
      window.focus();
      shown.close();
      onClick();
    });
  } catch {
    // Browsers of phones show them from a service worker only.
  }
}
