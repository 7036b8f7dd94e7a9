// Which pages may open the socket. WebSockets know no CORS: without this check, every page that a visitor opens could.
// It binds browsers alone, which are honest about `Origin`; what binds everybody is the token.

/** Answers whether the `Origin` of an upgrade is on the list. */
export type OriginCheck = (origin: string | undefined) => boolean;

/**
 * Reads a list of origins (`https://shop.example`), with `:*` for any port (`http://localhost:*`).
 * @throws TypeError for an entry that is no origin, or for an empty list: nobody is allowed unless named
 */
export function allowOrigins(entries: readonly string[]): OriginCheck {
  if (entries.length === 0) throw new TypeError('Name the origins whose pages may open the chat.');
  for (const entry of entries) {
    const example = entry.replace(/:\*$/, ':1');
    if (example.includes('*') || !URL.canParse(example) || new URL(example).origin !== example)
      throw new TypeError(`"${entry}" is not an origin.`);
  }
  const exact = new Set(entries);
  return (origin) => {
    if (origin === undefined || !URL.canParse(origin)) return false;
    const { protocol, hostname } = new URL(origin);
    // Only as browsers write it: without path, user or default port.
    if (new URL(origin).origin !== origin) return false;
    return exact.has(origin) || exact.has(`${protocol}//${hostname}:*`);
  };
}
