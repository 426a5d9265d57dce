import {
  Bot,
  CirclePause,
  LayoutDashboard,
  type LucideIcon,
  ScrollText,
  Settings,
  Webhook,
} from "lucide-react";
import type { LinkProps } from "@tanstack/react-router";

type Destination = {
  to: LinkProps["to"];
  label: string;
  icon: LucideIcon;
  isExact?: boolean;
  showsPending?: boolean;
  /** On a phone it is in the account's menu and not in the bar below. */
  isInMenu?: boolean;
};

/** The pages of the dashboard, in the order in which people need them. Five fit on a phone. */
export const navigation: readonly Destination[] = [
  { to: "/dashboard", label: "Overview", icon: LayoutDashboard, isExact: true },
  { to: "/dashboard/approvals", label: "Approvals", icon: CirclePause, showsPending: true },
  { to: "/dashboard/agents", label: "Agents", icon: Bot },
  { to: "/dashboard/logs", label: "Logs", icon: ScrollText },
  { to: "/dashboard/webhooks", label: "Webhooks", icon: Webhook, isInMenu: true },
  { to: "/dashboard/settings", label: "Settings", icon: Settings, isInMenu: true },
];
