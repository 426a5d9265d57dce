import { command } from "../command.ts";
import { visibleLine } from "../output/visible.ts";

export const whoamiCommand = command(
  {
    path: ["whoami"],
    summary: "say who is signed in, and where",
    access: "person",
    examples: ["behalf whoami", "behalf whoami --json"],
  },
  async (context) => {
    const { output, settings } = context;
    const credentials = await context.personCredentials();
    const { whoIs } = await import("../account-calls.ts");
    const user = await whoIs(context.transport(credentials), context.signal);
    const by = credentials.developerToken === undefined ? "session" : "developer token";
    const baseUrl = settings.baseUrl.value;
    output.result({ user, baseUrl, by }, () =>
      output.facts([
        ["email", visibleLine(user.email)],
        ["name", user.name === null ? undefined : visibleLine(user.name)],
        ["workspace", user.account === null ? "none" : visibleLine(user.account.name)],
        ["roles", user.account?.roles.join(", ")],
        ["by", by],
        ["at", visibleLine(baseUrl)],
      ]),
    );
  },
);
