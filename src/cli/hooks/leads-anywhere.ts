import { expandBraces } from "../../decision/braces.ts";

const maxCharacters = 1024;

/**
 * Whether a pattern could find names outside of the folder that can be read off it. Tools differ in what they expand, and
 * where: `{.,a}./x` and `[.]./x` hold no `..` and come to it, one alternative can begin at the root, and above a wildcard
 * is another folder for each name that it stands for. What has two readings could, too.
 */
export function leadsAnywhere(pattern: string): boolean {
  // Nothing that looks at a pattern may take long.
  if (pattern.length > maxCharacters || pattern !== pattern.trim() || /^!|[\\|]/.test(pattern)) return true;
  const alternatives = expandBraces(pattern);
  if (alternatives === undefined) return true;
  return alternatives.some((each) => {
    const plain = withoutGroups(each);
    if (/[[(){}]/.test(plain) || isRooted(each) !== isRooted(pattern)) return true;
    const climbs = plain.split("/").lastIndexOf("..");
    if (climbs === -1) return false;
    const above = each.split("/").slice(0, climbs + 1);
    return alternatives.length > 1 || above.some((segment) => /[*?[]/.test(segment));
  });
}

/** Whether a pattern begins at a root, or at home, and not in a folder that is named beside it. */
export function isRooted(pattern: string): boolean {
  return /^[/~]|^[A-Za-z]:/.test(pattern);
}

// A class is one character and may be a dot, alone or by its only member. A group of one name, such as `(shop)`, is no dot.
function withoutGroups(glob: string): string {
  return glob.replace(/\[[!^]?\]?[^\]/]*\]/g, ".").replace(/(?<![@!+?*])[({][\w-]+[)}](?![?*+])/g, "x");
}
