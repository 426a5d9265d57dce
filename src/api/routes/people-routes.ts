import type { Route } from "../operation.ts";
import { deviceAuthorizeRoute } from "./auth/device-authorize.ts";
import { devicePollRoute } from "./auth/device-poll.ts";
import { deviceRequestRoute } from "./auth/device-request.ts";
import { loginTwoFactorRoute } from "./auth/login-two-factor.ts";
import { loginRoute } from "./auth/login.ts";
import { logoutRoute } from "./auth/logout.ts";
import { meRoute } from "./auth/me.ts";
import { changePasswordRoute } from "./auth/password.ts";
import { forgotPasswordRoute, resetPasswordRoute } from "./auth/reset-password.ts";
import { endSessionRoute, listSessionsRoute } from "./auth/sessions.ts";
import { signUpRoute } from "./auth/sign-up.ts";
import {
  confirmTwoFactorRoute,
  disableTwoFactorRoute,
  enableTwoFactorRoute,
  readTwoFactorRoute,
} from "./auth/two-factor.ts";
import { verifyEmailRoute } from "./auth/verify-email.ts";
import { enterWorkspaceRoute, listWorkspacesRoute } from "./auth/workspaces.ts";
import { acceptInvitationRoute, readInvitationRoute } from "./invitations/accept-invitation.ts";
import {
  cancelInvitationRoute,
  createInvitationRoute,
  listInvitationsRoute,
} from "./invitations/invitations.ts";
import { editMemberRoute, listMembersRoute, removeMemberRoute } from "./members/members.ts";
import { editSettingsRoute, readSettingsRoute } from "./settings/settings.ts";
import { createTokenRoute, deleteTokenRoute, listTokensRoute } from "./tokens/tokens.ts";

/** Signing in, and who is in a workspace. */
export const peopleRoutes: readonly Route[] = [
  signUpRoute,
  verifyEmailRoute,
  loginRoute,
  loginTwoFactorRoute,
  logoutRoute,
  meRoute,
  changePasswordRoute,
  forgotPasswordRoute,
  resetPasswordRoute,
  readTwoFactorRoute,
  enableTwoFactorRoute,
  confirmTwoFactorRoute,
  disableTwoFactorRoute,
  listSessionsRoute,
  endSessionRoute,
  listWorkspacesRoute,
  enterWorkspaceRoute,
  deviceRequestRoute,
  devicePollRoute,
  deviceAuthorizeRoute,
  readInvitationRoute,
  acceptInvitationRoute,
  listMembersRoute,
  editMemberRoute,
  removeMemberRoute,
  listInvitationsRoute,
  createInvitationRoute,
  cancelInvitationRoute,
  listTokensRoute,
  createTokenRoute,
  deleteTokenRoute,
  readSettingsRoute,
  editSettingsRoute,
];
