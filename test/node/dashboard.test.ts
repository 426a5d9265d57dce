import { describe, expect, it } from "vitest";
import { judge } from "../../dashboard/src/pages/landing/judge.ts";
import { emptyDraft, specOf } from "../../dashboard/src/pages/agents/permission-draft.ts";
import { returnPath } from "../../dashboard/src/lib/return-path.ts";
import { permissionSpecSchema } from "../../src/contract/permission.ts";
import { visiblePieces, visibleText } from "../../src/contract/visible-text.ts";

describe("the editor of a permission", () => {
  it("says what no command may hold to the byte, and everything else trimmed", () => {
    const fields = {
      action: "run",
      allowedActions: " build \n",
      "constraints.deniedCommands": "rm \n\n -rf",
    };
    expect(permissionSpecSchema.parse(specOf({ ...emptyDraft, fields }))).toMatchObject({
      allowedActions: ["build"],
      constraints: { deniedCommands: ["rm ", " -rf"] },
    });
  });
});

describe("the way back after signing in", () => {
  it.each([
    ["/dashboard/approvals?approvalId=apr_1#top", "/dashboard/approvals?approvalId=apr_1#top"],
    ["/device?userCode=BCDF-GHJK", "/device?userCode=BCDF-GHJK"],
    ["/a/../dashboard", "/dashboard"],
  ])("leads to %s", (wanted, path) => {
    expect(returnPath(wanted)).toBe(path);
  });

  it.each([
    undefined,
    null,
    42,
    "",
    "dashboard",
    "https://evil.example/",
    "//evil.example",
    "///evil.example",
    "/\\evil.example",
    "/\\/evil.example",
    "\\\\evil.example",
    "/\t/evil.example",
    "/\n/evil.example",
    "/.//evil.example",
    "/a/..//evil.example",
    "/%2e//evil.example",
    " //evil.example",
    "javascript:alert(1)",
    "/sign-in?next=/sign-in",
    "/api/auth/logout",
  ])("leads home instead of to %j", (wanted) => {
    expect(returnPath(wanted)).toBe("/dashboard");
  });
});

describe("text that a person approves", () => {
  it.each([
    ["deploy --prod\nnow", "deploy --prod\nnow"],
    ["Überprüfung der Größe", "Überprüfung der Größe"],
    ["Проверка журнала", "Проверка журнала"],
    ["東京タワー Tシャツ", "東京タワー Tシャツ"],
    ["naïve café, 100 €", "naïve café, 100 €"],
  ])("is left alone where it is what it seems: %s", (text, shown) => {
    expect(visibleText(text)).toBe(shown);
  });

  it.each([
    ["zero width space", "rm\u200B -rf", "rm\\u{200B} -rf"],
    ["soft hyphen", "pay\u00ADpal", "pay\\u{AD}pal"],
    ["right-to-left override", "gpj.\u202Eexe", "gpj.\\u{202E}exe"],
    ["isolate", "a\u2066b\u2069", "a\\u{2066}b\\u{2069}"],
    ["tag characters", "ok\u{E0041}", "ok\\u{E0041}"],
    ["variation selector", "a\uFE0F", "a\\u{FE0F}"],
    ["Hangul filler", "a\u3164b", "a\\u{3164}b"],
    ["empty Braille cell", "a\u2800b", "a\\u{2800}b"],
    ["escape sequence", "a\u001B[2K", "a\\e[2K"],
    ["carriage return", "rm -rf /\rls", "rm -rf /\\rls"],
    ["no-break space", "a\u00A0b", "a\\u{A0}b"],
    ["space at the edge", " a ", "\u2423a\u2423"],
    ["line separator", "a\u2028b", "a\\u{2028}b"],
    ["lone surrogate", "a\uD800", "a\\u{D800}"],
    ["Cyrillic a in a Latin word", "p\u0430ypal.com", "p\\u{430}ypal.com"],
    ["a whole word that reads as Latin", "\u0441\u043E\u0440\u0435", "\\u{441}\\u{43E}\\u{440}\\u{435}"],
    ["Greek omicron", "g\u03BFogle", "g\\u{3BF}ogle"],
    ["fullwidth", "\uFF52\uFF4D", "\\u{FF52}\\u{FF4D}"],
    ["mathematical", "\u{1D42B}m", "\\u{1D42B}m"],
    ["fraction slash", "a\u2044b", "a\\u{2044}b"],
    ["minus for hyphen", "rm \u2212rf", "rm \\u{2212}rf"],
    ["stacked marks", "a\u0301\u0301\u0301\u0301", "a\u0301\u0301\\u{301}\\u{301}"],
  ])("shows a %s", (_, text, shown) => {
    expect(visibleText(text)).toBe(shown);
  });

  it("loses nothing: the pieces are the text", () => {
    const text = "p\u0430y \u202Eabc\u200B\n\uD83D\uDE00\uD800 ";
    const sources = visiblePieces(text).map((piece) => (piece.kind === "plain" ? piece.text : piece.source));
    expect(sources.join("")).toBe(text);
  });
});

describe("the sandbox", () => {
  const deep = `{"action":"read","arguments":${'{"a":'.repeat(20_000)}1${"}".repeat(20_000)}}`;

  it.each([
    [deep, "This must be nested at most 64 levels deep."],
    [`{"action":"read","action":"write"}`, "action appears twice in the same object."],
    [`{"action":"read","__proto__":{}}`, "__proto__ is not accepted as a name."],
  ])("refuses what the API refuses, and says so", (request, problem) => {
    expect(judge(request, "[]", 0)).toEqual({ problems: { request: [problem], permissions: [] } });
    expect(judge("{}", `[${request}]`, 0)).toEqual({ problems: { request: [], permissions: [problem] } });
  });
});
