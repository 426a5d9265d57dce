// The first that is found: Edge and Opera also say Chrome, and Chrome also says Safari.
const programs: [mark: RegExp, name: string][] = [
  [/Edg\//, "Edge"],
  [/OPR\//, "Opera"],
  [/Firefox\//, "Firefox"],
  [/Chrome\//, "Chrome"],
  [/Safari\//, "Safari"],
  [/^behalf/i, "behalf, the command line"],
];
const systems: [mark: RegExp, name: string][] = [
  [/Windows/, "Windows"],
  [/iPhone|iPad/, "iOS"],
  [/Android/, "Android"],
  [/Mac OS X/, "macOS"],
  [/Linux/, "Linux"],
];

/** A session's User-Agent as a person would say it, or as it is when it is none that we know. */
export function deviceName(userAgent: string | null): string {
  if (userAgent === null || userAgent === "") return "An unnamed device";
  const nameIn = (names: typeof programs) => names.find(([mark]) => mark.test(userAgent))?.[1];
  const program = nameIn(programs);
  if (program === undefined) return userAgent.slice(0, 80);
  const system = nameIn(systems);
  return system === undefined ? program : `${program} on ${system}`;
}
