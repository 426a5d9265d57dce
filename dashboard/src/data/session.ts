import { queryOptions } from "@tanstack/react-query";
import * as z from "zod";
import {
  deviceAuthorizedSchema,
  invitationSchema,
  mayDo,
  signedInSchema,
  workspaceSchema,
  type Capability,
  type User,
} from "../../../src/contract/people.ts";
import type {
  deviceAuthorizeBodySchema,
  loginBodySchema,
  signUpBodySchema,
} from "../../../src/contract/people.ts";
import {
  signedUpSchema,
  type twoFactorLoginBodySchema,
  twoFactorRequiredSchema,
} from "../../../src/contract/sign-in.ts";
import { ApiError } from "../api-error.ts";
import { api } from "../api.ts";
import { meKey } from "./keys.ts";

/** Asks who is signed in; null when nobody is. */
export async function whoIsSignedIn(signal?: AbortSignal): Promise<User | null> {
  try {
    return (await api.get("/api/auth/me", signedInSchema, { signal })).user;
  } catch (error) {
    if (error instanceof ApiError && error.isSignedOut) return null;
    throw error;
  }
}

/** Who is signed in; null when nobody is. */
export const meQuery = queryOptions({
  queryKey: meKey,
  queryFn: ({ signal }) => whoIsSignedIn(signal),
  staleTime: 60_000,
});

/** What the interface offers; the API decides for itself. */
export function may(user: User | null | undefined, capability: Capability): boolean {
  return mayDo(user?.account?.roles ?? [], capability);
}

export type SignedIn = { user: User } | { challenge: string };

/** Signs in, or gets what a second factor has to be presented with. */
export const signIn = (body: z.output<typeof loginBodySchema>): Promise<SignedIn> =>
  api.post("/api/auth/login", body, z.union([signedInSchema, twoFactorRequiredSchema]));

export async function finishSignIn(body: z.output<typeof twoFactorLoginBodySchema>): Promise<User> {
  return (await api.post("/api/auth/login/two-factor", body, signedInSchema)).user;
}

/** Signs up. Where mail is set up, nobody is signed in until the address is confirmed. */
export const signUp = (body: z.output<typeof signUpBodySchema>) =>
  api.post("/api/auth/signup", body, signedUpSchema);

export async function signOut(): Promise<void> {
  await api.post("/api/auth/logout", {}, z.unknown());
}

export async function answerDevice(
  body: z.input<typeof deviceAuthorizeBodySchema>,
): Promise<"authorized" | "denied"> {
  return (await api.post("/api/auth/device/authorize", body, deviceAuthorizedSchema)).status;
}

/** The workspaces that somebody is in. Who has one has nothing to choose. */
export const workspacesQuery = queryOptions({
  queryKey: ["workspaces"],
  queryFn: async ({ signal }) =>
    (await api.get("/api/auth/workspaces", z.object({ workspaces: z.array(workspaceSchema) }), { signal }))
      .workspaces,
  staleTime: 60_000,
});

export async function enterWorkspace(accountId: string): Promise<void> {
  await api.post(`/api/auth/workspaces/${encodeURIComponent(accountId)}/enter`, {}, signedInSchema);
}

const offeredSchema = z.object({ invitation: invitationSchema.omit({ link: true }) });

export const invitationQuery = (id: string) =>
  queryOptions({
    queryKey: ["invitation", id],
    queryFn: async ({ signal }) =>
      (await api.get(`/api/invitations/${encodeURIComponent(id)}`, offeredSchema, { signal })).invitation,
  });

export async function acceptInvitation(id: string): Promise<User> {
  return (await api.post(`/api/invitations/${encodeURIComponent(id)}/accept`, {}, signedInSchema)).user;
}
