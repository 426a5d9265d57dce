/** What the request presents in `Authorization: Bearer` (RFC 6750, section 2.1). Undefined for none, or more than one. */
export function bearerOf(request: Request): string | undefined {
  return /^Bearer +(\S+) *$/i.exec(request.headers.get("Authorization") ?? "")?.[1];
}
