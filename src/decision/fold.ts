const ignorable = /\p{Default_Ignorable_Code_Point}+/gu;

/**
 * The same text without the differences that file systems overlook: case, Unicode normalisation form and
 * characters that show nothing. Deny lists compare by it, so that `.SSH`, a decomposed letter or a
 * zero-width joiner is not a way around them.
 *
 * Lower case first and upper case then: the capital `ẞ` becomes `SS` only by way of `ß`, the long `ſ` becomes `S`
 * only upwards, and upper case has no special form for the end of a word.
 */
export function fold(text: string): string {
  return text.replace(ignorable, "").normalize("NFC").toLowerCase().toUpperCase().normalize("NFC");
}
