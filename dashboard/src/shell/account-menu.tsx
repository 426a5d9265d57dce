import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { BookOpen, ChevronsUpDown, LogOut } from "lucide-react";
import { Menu, MenuChoice, MenuItem, MenuSeparator } from "../components/ui/menu.tsx";
import { toast } from "../components/ui/toast.tsx";
import { enterWorkspace, meQuery, signOut, workspacesQuery } from "../data/session.ts";
import { setTheme, useTheme } from "../lib/theme.ts";
import { enterAnew } from "./enter-anew.ts";
import { navigation } from "./navigation.ts";
import { visibleText } from "../../../src/contract/visible-text.ts";

const inMenu = navigation.filter(({ isInMenu }) => isInMenu === true);

const themeChoices = [
  { value: "system", label: "Like the system" },
  { value: "light", label: "Light" },
  { value: "dark", label: "Dark" },
] as const;

/** Who is signed in and where, the theme, and the way out. */
export function AccountMenu() {
  const { data: user } = useQuery(meQuery);
  const client = useQueryClient();
  const navigate = useNavigate();
  const theme = useTheme();
  const leave = useMutation({
    mutationFn: signOut,
    onSuccess: async () => {
      // First, or the sign-in page would send whom it still knows back here.
      client.setQueryData(meQuery.queryKey, null);
      await navigate({ to: "/sign-in" });
      // What the next person on this machine must not find.
      client.clear();
    },
    onError: ({ message }) => toast.failed("You are still signed in.", message),
  });
  const { data: workspaces = [] } = useQuery({ ...workspacesQuery, enabled: user != null });
  const enter = useMutation({
    mutationFn: enterWorkspace,
    onSuccess: enterAnew,
    onError: ({ message }) => toast.failed("You are still where you were.", message),
  });
  if (user == null) return null;
  const name = visibleText(user.name ?? user.email);
  return (
    <Menu
      side="top"
      trigger={
        <button
          type="button"
          className="flex min-w-0 items-center gap-2 rounded-md px-2 py-1 text-left hover:bg-hover"
        >
          <span
            aria-hidden
            className="flex size-7 shrink-0 items-center justify-center rounded-full border border-line bg-accent-soft text-12 font-semibold text-accent-ink uppercase"
          >
            {Array.from(name)[0]}
          </span>
          <span className="sr-only">Account: </span>
          <span className="flex min-w-0 flex-1 flex-col max-lg:sr-only">
            <span className="truncate text-14 font-medium">{name}</span>
            <span className="truncate text-12 text-muted">
              {visibleText(user.account?.name ?? "No workspace")}
            </span>
          </span>
          <ChevronsUpDown aria-hidden className="hidden size-4 shrink-0 text-faint lg:block" />
        </button>
      }
    >
      <div className="flex flex-col px-3 pt-1 pb-2">
        <span className="truncate text-14 font-medium">{name}</span>
        <span className="truncate text-12 text-muted">{user.email}</span>
        <span className="truncate text-12 text-muted">
          {visibleText(user.account?.name ?? "No workspace")}
          {user.account == null ? "" : ` · ${user.account.roles.join(", ")}`}
        </span>
      </div>
      <MenuSeparator />
      {workspaces.length > (user.account === null ? 0 : 1) && (
        <>
          <MenuChoice
            label="Workspace"
            value={user.account?.accountId ?? ""}
            choices={workspaces.map(({ accountId, name }) => ({
              value: accountId,
              label: visibleText(name),
            }))}
            onChange={(accountId) => enter.mutate(accountId)}
          />
          <MenuSeparator />
        </>
      )}
      <div className="border-b border-line pb-1 mb-1 lg:hidden">
        {inMenu.map(({ to, label, icon: Icon }) => (
          <MenuItem
            key={label}
            icon={<Icon aria-hidden className="size-4" />}
            onSelect={() => void navigate({ to })}
          >
            {label}
          </MenuItem>
        ))}
      </div>
      <MenuChoice label="Theme" value={theme} choices={themeChoices} onChange={setTheme} />
      <MenuSeparator />
      <MenuItem
        icon={<BookOpen aria-hidden className="size-4" />}
        onSelect={() => void navigate({ to: "/docs" })}
      >
        Documentation
      </MenuItem>
      <MenuItem icon={<LogOut aria-hidden className="size-4" />} onSelect={() => leave.mutate()}>
        Sign out
      </MenuItem>
    </Menu>
  );
}
