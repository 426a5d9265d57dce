import fc from "fast-check";
import picomatch from "picomatch";
import { describe, expect, test } from "vitest";
import { covers, mayCover } from "../../src/decision/covers.ts";
import { decide } from "../../src/decision/decide.ts";
import type { Facts, PermissionFacts } from "../../src/decision/facts.ts";
import { isAllowedBy, isDeniedBy } from "../../src/decision/glob.ts";
import { hostCovers, hostItem } from "../../src/decision/host.ts";
import { isPathPermitted } from "../../src/decision/path-lists.ts";
import { placeOf, readingsOf } from "../../src/decision/paths.ts";
import { unreadableEntries } from "../../src/decision/unreadable-entries.ts";
import { wildcardRuns } from "../../src/decision/wildcard.ts";
import { now } from "./arbitraries.ts";

const picomatchOptions: picomatch.PicomatchOptions = {
  windows: false,
  posix: true,
  noextglob: true,
  nonegate: true,
  literalBrackets: false,
  // Its shortcuts for a few common globs do not all mean what its parser means by them.
  fastpaths: false,
  flags: "s",
};

test("what a look at both ends rules out, no item covers", () => {
  const text = (pieces: string[]) =>
    fc.array(fc.constantFrom(...pieces), { minLength: 1, maxLength: 7 }).map((some) => some.join(""));
  const pieces = ["a", "B", "b", "@", ".", "-", "/", ":80", "https://", "K", "\u212a", "[", "{", "com"];
  const item = text([...pieces, "*", "*"]);
  // Most values are made from the item, or nothing would be covered.
  const pair = item.chain((item) =>
    fc.tuple(
      fc.constant(item),
      fc.oneof(
        text([...pieces, "*"]),
        fc.tuple(text(pieces), fc.boolean()).map(([run, isUpper]) => {
          const value = item.replaceAll("*", run);
          return isUpper ? value.toUpperCase() : value;
        }),
      ),
    ),
  );
  let covered = 0;
  fc.assert(
    fc.property(pair, ([item, value]) => {
      const host = hostItem(item);
      const isCovered =
        host === undefined ? wildcardRuns(item, value, 0) !== undefined : hostCovers(host, value);
      if (isCovered) covered += 1;
      return !isCovered || mayCover(item, value);
    }),
    { numRuns: 5000 },
  );
  expect(covered).toBeGreaterThan(500);
});

describe("a glob", () => {
  const segment = fc.oneof(
    fc.constant("**"),
    fc
      .array(fc.constantFrom("a", "b", ".", "*", "?", "[ab]", "[!a]", "\n"), {
        minLength: 1,
        maxLength: 4,
      })
      .map((atoms) => atoms.join("")),
  );
  const glob = fc
    .array(segment, { minLength: 1, maxLength: 4 })
    .map((segments) => segments.join("/"))
    .filter((text) => !text.includes("***"));
  const name = fc
    .array(fc.constantFrom("a", "b", ".", "\n"), { minLength: 1, maxLength: 4 })
    .map((characters) => characters.join(""))
    .filter((text) => text !== "." && text !== "..");
  const value = fc.array(name, { minLength: 1, maxLength: 4 }).map((names) => names.join("/"));

  // To picomatch `a/**` matches `a` and `*/**` does not.
  const isClear = (glob: string) => !/\*(\/\*\*)+$/.test(glob);

  test("denies what it matches for picomatch, dotfiles included, and nothing else", () => {
    fc.assert(
      fc.property(glob, value, (glob, value) => {
        const isMatch = picomatch(glob, { ...picomatchOptions, dot: true })(value);
        // Deny lists look past space around a value, picomatch does not.
        const mayBeWider = !isClear(glob) || value.includes("\n");
        const isDenied = isDeniedBy([glob], value);
        expect(isDenied).toBe(isMatch || (mayBeWider && isDenied));
      }),
      { numRuns: 5_000 },
    );
  });

  test("allows what it matches for picomatch, dotfiles left out, and nothing else", () => {
    fc.assert(
      fc.property(glob, value, (glob, value) => {
        const isMatch = picomatch(glob, picomatchOptions)(value);
        // To picomatch a class at the start of a name takes a dot, and to shells it does not.
        const mayBeNarrower = !isClear(glob) || /(?:^|\/)\[/.test(glob);
        const isAllowed = isAllowedBy([glob], value);
        expect(isAllowed).toBe(isMatch && (!mayBeNarrower || isAllowed));
      }),
      { numRuns: 5_000 },
    );
  });
});

describe("a pattern with wildcards", () => {
  test("means what the regular expression would mean", () => {
    const pattern = fc.string({ unit: fc.constantFrom("a", "b", "*"), maxLength: 8 });
    const value = fc.string({ unit: fc.constantFrom("a", "b"), maxLength: 12 });
    fc.assert(
      fc.property(pattern, value, fc.constantFrom(0 as const, 1 as const), (pattern, value, shortest) => {
        const expected = new RegExp(`^${pattern.replaceAll("*", shortest === 0 ? "(.*)" : "(.+)")}$`);
        const runs = wildcardRuns(pattern, value, shortest);
        expect(runs !== undefined).toBe(expected.test(value));
        const rebuilt = runs?.reduce((text, run) => text.replace("*", run), pattern);
        expect(rebuilt ?? value).toBe(value);
      }),
      { numRuns: 5_000 },
    );
  });

  test("for a host covers nothing but hosts below it", () => {
    const value = fc.string({
      unit: fc.constantFrom("a", ".", "/", "@", "?", "#", ":", "\\", " ", "\n", "*", ",", ".vercel.com"),
      maxLength: 8,
    });
    fc.assert(
      fc.property(value, (value) => {
        expect(covers("*.vercel.com", value)).toBe(/^([a-z0-9-]+\.)+vercel\.com$/.test(value));
      }),
      { numRuns: 5_000 },
    );
  });
});

describe("a path", () => {
  test("without backslashes has the one reading that a URL has of it", () => {
    const path = fc
      .array(fc.constantFrom("a", "b", "..", ".", ""), { maxLength: 8 })
      .map((parts) => `/repo/${parts.join("/")}`);
    fc.assert(
      fc.property(path, (path) => {
        const single = new URL(`file://${path.replace(/\/+/g, "/")}`).pathname;
        const segments = single.split("/").filter((segment) => segment !== "");
        expect(readingsOf(path, placeOf("/cwd", undefined))).toEqual([{ root: "/", segments }]);
      }),
      { numRuns: 3_000 },
    );
  });
});

describe("a path that ends in a slash", () => {
  const nameOf = (...some: string[]) => fc.constantFrom(...some);
  const names = ["a", "b", "A", "ab", ".a"];
  const entry = fc
    .tuple(
      nameOf("/", "/", "/a/", "", "./", "../", "~/", "**/"),
      fc.array(nameOf("a", "b", ".a", "*", "**", "**", "a*", "?", "[ab]", "{a,b}", "{a/**,b}", ".", ".."), {
        minLength: 1,
        maxLength: 3,
      }),
      nameOf("", "", "/", "/**"),
    )
    .map(([start, segments, end]) => start + segments.join("/") + end);
  const entries = fc.option(fc.array(entry, { minLength: 1, maxLength: 3 }), { nil: undefined });
  const folder = fc.array(nameOf(...names), { maxLength: 3 }).map((each) => ["", ...each].join("/"));
  const below = fc
    .array(nameOf(...names, "b "), { maxLength: 3 })
    .map((each) => each.map((name) => `/${name}`).join(""));

  // What a search may read, one may read file by file. But for dotfiles, which two stars of an allow list leave out.
  test("is permitted only where each path below it is", () => {
    let permitted = 0;
    fc.assert(
      fc.property(folder, below, entries, entries, (folder, below, allowed, denied) => {
        const place = placeOf("/a", "/b");
        if (!isPathPermitted(`${folder}/`, place, allowed, denied)) return;
        permitted += 1;
        const allowing = below.includes("/.") ? undefined : allowed;
        expect(isPathPermitted(folder + below || "/", place, allowing, denied)).toBe(true);
      }),
      { numRuns: 10_000 },
    );
    expect(permitted).toBeGreaterThan(500);
  });
});

describe("an entry without a meaning", () => {
  const sign = fc.constantFrom(
    "a",
    "b",
    "/",
    "*",
    "?",
    "[",
    "]",
    "{",
    "}",
    ",",
    "!",
    "(",
    ")",
    "|",
    "\\",
    ".",
    "~",
    ":",
  );
  const entry = fc.array(sign, { minLength: 1, maxLength: 10 }).map((signs) => signs.join(""));
  const value = fc.array(fc.constantFrom("a", "b", "/", "*"), { minLength: 1, maxLength: 6 });

  const unreadIn = (field: "deniedBranches" | "allowedPaths" | "deniedPaths") =>
    entry.filter((text) => unreadableEntries({ [field]: [text] }).length > 0);

  test("allows nothing and denies everything", () => {
    fc.assert(
      fc.property(unreadIn("deniedBranches"), value, (entry, characters) => {
        const asked = characters.join("");
        expect([isAllowedBy([entry], asked), isDeniedBy([entry], asked)]).toEqual([false, true]);
      }),
      { numRuns: 2_000 },
    );
  });

  test("permits no path in either list", () => {
    const place = placeOf("/work", "/home");
    fc.assert(
      fc.property(unreadIn("allowedPaths"), unreadIn("deniedPaths"), value, (allowed, denied, characters) => {
        const path = `/${characters.join("")}`;
        expect(isPathPermitted(path, place, [allowed], undefined)).toBe(false);
        expect(isPathPermitted(path, place, undefined, [denied])).toBe(false);
      }),
      { numRuns: 2_000 },
    );
  });

  test("permits nothing by the one of its alternatives that has a meaning", () => {
    expect([isAllowedBy(["{[,a}"], "a"), isDeniedBy(["{[,a}"], "b")]).toEqual([false, true]);
    const place = placeOf("/repo", "/home");
    expect(isPathPermitted("/a", place, ["{[,/}a"], undefined)).toBe(false);
    expect(isPathPermitted("/repo/b", place, ["{a*/..,b}"], undefined)).toBe(false);
    // Where the home is not known, an alternative in it opens nothing, and the others what they say.
    const homeless = placeOf("/repo", undefined);
    expect(isPathPermitted("/repo/b", homeless, ["{~/a,/repo/b}"], undefined)).toBe(true);
  });

  test.each([
    "src/**",
    "*.{pem,key}",
    "~/.ssh/**",
    "C:/Users/*",
    "C:\\Users\\*",
    "../shared/*",
    "[id].tsx",
    ".env",
    "**",
  ])("is none of those that owners write for paths: %s", (entry) => {
    expect(unreadableEntries({ allowedPaths: [entry], deniedPaths: [entry] })).toEqual([]);
  });
});

describe("time", () => {
  const hostile = {
    repeatedGroups: "+(+(a)|*(a))".repeat(20) + "b",
    wildcards: "*a".repeat(200) + "*b",
    questions: "*" + "?".repeat(60) + "*" + "[ab]".repeat(60) + "b",
    doubleStars: "**/a/".repeat(30) + "b",
    nestedBraces: "{a,".repeat(100) + "b" + "}".repeat(100),
    braces: "{a,b}".repeat(60),
    openBraces: "{".repeat(500),
    openClasses: "[".repeat(500),
    parentheses: "(a+)+".repeat(80) + "b",
  };
  const long = { name: "a".repeat(100_000), path: `/${"a/".repeat(50_000)}`, dots: "/a/..".repeat(20_000) };

  test.each(Object.entries(hostile))("is short for %s, on any list and any value", (_, glob) => {
    const every = Array.from({ length: 50 }, () => glob);
    for (const value of [long.name.slice(0, 16_000), long.path.slice(0, 16_000)]) {
      const took = millisecondsOf(() => {
        decideAbout({ allowedEnvironments: every }, value);
        decideAbout({ deniedEnvironments: every }, value);
        decideAbout({ allowedPaths: every }, `/${value}`);
        decideAbout({ deniedPaths: every }, `/${value}`);
      });
      expect(took).toBeLessThan(5_000);
    }
  });

  test.each(Object.entries(long))("is short for a long %s", (_, value) => {
    const took = millisecondsOf(() => {
      for (const glob of ["/**", "**/b", "/*/*b*", "**/a/**/b", "/a/{b,c}/**"]) {
        decideAbout({ allowedPaths: [glob], deniedPaths: [glob] }, value);
        decideAbout({ allowedEnvironments: [glob], deniedEnvironments: [glob] }, value);
      }
      covers("*a*a*a*a*a*.b.com, " + "*a".repeat(100), value);
      covers("*".repeat(1000), `${value}b`);
    });
    expect(took).toBeLessThan(2_000);
  });

  test("is short for a thousand candidates", () => {
    const permissions = Array.from({ length: 1_000 }, (_, index) =>
      permissionWith(index, {
        maxAmount: 10,
        allowedVendors: ["*.vercel.com"],
        deniedEnvironments: ["production", "prod-*"],
        allowedBranches: ["feature/**", "fix/*"],
        deniedPaths: ["**/.env*", "~/.ssh/**", "**/*.{pem,key}"],
        allowedPaths: ["/repo/**"],
        deniedCommands: ["rm -rf", "sudo"],
      }),
    );
    const request = {
      action: "deploy",
      amount: 1,
      resource: "a.vercel.com",
      metadata: { environment: "staging", branch: "feature/a" },
      policyContext: {
        cwd: "/repo",
        home: "/home/u",
        toolInput: { command: "sudo ls", filePath: "src/a.ts" },
      },
    };
    const facts: Facts = { agent: { agentId: "agent_1", status: "active" }, permissions };
    const took = millisecondsOf(() => {
      expect(decide(request, facts, now)).toMatchObject({ reason: "command_blocked" });
    });
    expect(took).toBeLessThan(2_000);
  });

  function decideAbout(constraints: PermissionFacts["constraints"], value: string) {
    const request = {
      action: "deploy",
      metadata: { environment: value },
      policyContext: { cwd: "/repo", home: "/home/u", toolInput: { filePath: value } },
    };
    const facts: Facts = {
      agent: { agentId: "agent_1", status: "active" },
      permissions: [permissionWith(0, constraints)],
    };
    return decide(request, facts, now);
  }
});

function permissionWith(index: number, constraints: PermissionFacts["constraints"]): PermissionFacts {
  return {
    permissionId: `perm_${index}`,
    status: "active",
    action: "deploy",
    allowedActions: [],
    blockedActions: [],
    requiresApproval: false,
    requireDifferentApprover: false,
    constraints,
    createdAt: index,
  };
}

function millisecondsOf(run: () => void): number {
  const start = performance.now();
  run();
  return performance.now() - start;
}
