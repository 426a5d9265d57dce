import { isInForce } from "../../contract/permission-standing.ts";
import { problemOf } from "../output/problem.ts";
import { spanText } from "../output/times.ts";
import { broken, ok, skipped, warning, type Check, type Finding } from "./finding.ts";

// Signatures of webhooks are refused beyond five minutes, so a clock that far off breaks things.
const brokenSkewMs = 5 * 60_000;
const noticedSkewMs = 30_000;

export const checkServer: Check = async (context, known) => {
  const { settings, signal } = context;
  const { value: baseUrl } = settings.baseUrl;
  try {
    const { serverTime } = await import("../account-calls.ts");
    const before = context.now();
    const serverNow = await serverTime(context.transport(), signal);
    const after = context.now();
    known.isReachable = true;
    const skewMs = serverNow - (before + after) / 2;
    return [ok("server", `${baseUrl} answers in ${after - before} ms`), clockFinding(skewMs)];
  } catch (error) {
    const { error: why } = problemOf(error, settings);
    const local = new URL(baseUrl).hostname === "localhost";
    return [
      broken(
        "server",
        why,
        local ? "Start it: npm start" : "Check the address (behalf config list) and the network.",
      ),
    ];
  }
};

function clockFinding(skewMs: number): Finding {
  const off = `This clock is ${spanText(Math.abs(skewMs))} ${skewMs > 0 ? "behind" : "ahead of"} the server's.`;
  const fix = "Set the clock, or let NTP do it.";
  if (Math.abs(skewMs) >= brokenSkewMs) return broken("clock", off, fix);
  if (Math.abs(skewMs) >= noticedSkewMs) return warning("clock", off, fix);
  return ok("clock", "agrees with the server's");
}

export const checkAgent: Check = async (context, known) => {
  const { settings, signal } = context;
  const key = await settings.apiKey();
  const agentId = settings.agentId?.value;
  if (key === undefined)
    return [
      warning(
        "agent key",
        "None is set, so nothing can be verified.",
        'behalf agents create "Deploy bot" --save',
      ),
    ];
  if (key === "locked")
    return [
      broken(
        "agent key",
        "The keychain has it and does not give it.",
        "Unlock the keychain, or set BEHALFID_API_KEY.",
      ),
    ];
  if (agentId === undefined) return [skipped("agent key", "not tried: no agent is set")];
  if (!known.isReachable) return [skipped("agent key", "not tried: the server does not answer")];
  try {
    const client = await context.agent();
    const { agent, permissions } = await client.agents.get(agentId, { signal });
    const count = permissions.filter((each) => isInForce(each, context.now())).length;
    return [
      ok("agent key", `opens ${agent.name} (${agent.agentId})`),
      agent.status === "active"
        ? ok("agent", "active")
        : broken("agent", "It is disabled: everything it asks is denied.", `behalf agents enable ${agentId}`),
      count > 0
        ? ok("permissions", `${count} in force`)
        : warning(
            "permissions",
            "It has none: everything it asks is denied.",
            `behalf permissions create ${agentId} --action …`,
          ),
    ];
  } catch (error) {
    const { error: why, hint } = problemOf(error, settings);
    return [broken("agent key", why, hint ?? "behalf config set api-key bhf_sk_…")];
  }
};

export const checkPerson: Check = async (context, known) => {
  const { settings, signal } = context;
  if (settings.developerToken === undefined && !settings.hasSession)
    return [skipped("sign-in", "nobody is signed in (behalf login)")];
  if (!known.isReachable) return [skipped("sign-in", "not tried: the server does not answer")];
  try {
    const { whoIs } = await import("../account-calls.ts");
    const user = await whoIs(context.transport(await context.personCredentials()), signal);
    const roles = user.account?.roles.join(", ") ?? "no workspace";
    return [ok("sign-in", `${user.email} (${roles})`), ...(await webhookFindings(context))];
  } catch (error) {
    const { error: why, hint } = problemOf(error, settings);
    return [broken("sign-in", why, hint ?? "behalf login")];
  }
};

const webhookFindings = async (context: Parameters<Check>[0]): Promise<Finding[]> => {
  const { settings, signal } = context;
  try {
    const client = await context.person();
    const { webhooks } = await client.webhooks.list({ limit: 100 }, { signal });
    const { deliveries } = await client.webhooks.deadLetters({ limit: 1 }, { signal });
    const findings = webhooks.flatMap(({ webhookId, status, disabledReason, failingSince }): Finding[] => {
      if (status === "disabled" && disabledReason !== "by_person")
        return [
          broken(
            "webhooks",
            `${webhookId} was switched off: ${disabledReason ?? ""}.`,
            `behalf webhooks enable ${webhookId}`,
          ),
        ];
      if (failingSince !== null)
        return [warning("webhooks", `${webhookId} fails.`, `behalf webhooks deliveries ${webhookId}`)];
      return [];
    });
    if (deliveries[0] !== undefined)
      findings.push(warning("webhooks", "There are dead letters.", "behalf webhooks deliveries"));
    return findings.length > 0 ? findings : [ok("webhooks", `${webhooks.length} set up, none in trouble`)];
  } catch (error) {
    const { code, error: why } = problemOf(error, settings);
    if (code === "FORBIDDEN") return [skipped("webhooks", "not looked at: your role does not show them")];
    return [broken("webhooks", why, "Try again in a moment.")];
  }
};
