import { command } from "../command.ts";

export const logoutCommand = command(
  {
    path: ["logout"],
    summary: "sign out, here and on the server",
    access: "anyone",
    examples: ["behalf logout"],
  },
  async (context) => {
    const { output, settings } = context;
    const baseUrl = settings.baseUrl.value;
    const session = await settings.session();
    let isEnded = false;
    if (session !== undefined && session !== "locked") {
      const { signOut } = await import("../account-calls.ts");
      isEnded = await signOut(context.transport({ session: session.secret }), context.signal).then(
        () => true,
        () => false,
      );
    }
    // Whatever the server said: who signs out does not want the session to lie about.
    await settings.removeSession();
    output.result({ signedOut: true, endedOnServer: isEnded }, () => {
      if (session === undefined) output.line(`Nobody was signed in at ${baseUrl}.`);
      else output.line(`${output.paint("allowed", "✓")} Signed out at ${baseUrl}.`);
      if (session !== undefined && !isEnded)
        output.note("  The server did not confirm it. End the session in the dashboard, under Sessions.");
    });
  },
);
