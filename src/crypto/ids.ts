import { nanoid } from "nanoid";
import { idPrefixes, type Id, type IdKind } from "../contract/ids.ts";

/** A new public id: the prefix of its kind and 21 random characters of `[A-Za-z0-9_-]`, 126 bits. */
export function newId<Kind extends IdKind>(kind: Kind): Id<Kind> {
  return `${idPrefixes[kind]}_${nanoid()}`;
}
