// The address that a proof was made for, compared with the addresses that visitors use.

// An address of HTTP with a host, without query and fragment. Printable ASCII: browsers send more of it than RFC 3986 admits,
// such as a bar. Not the backslash, nor white space: the parser of URLs takes the one for a slash and forgives the other.
const httpUri = /^https?:\/\/[^/@]+(?:\/|$)/i;
const printable = /^[!-[\]-~]+$/;
const unreserved = /^[\w\-.~]$/;

/**
 * Whether `htu` names one of the targets (RFC 9449, section 4.3, step 9), all compared without query and fragment and
 * after the normalisation of RFC 3986, sections 6.2.2 and 6.2.3. Paths keep their case.
 */
export function isTargetUri(htu: string, targets: readonly string[]): boolean {
  if (targets.includes(htu)) return true;
  const normalized = normalizeTargetUri(htu);
  return normalized !== undefined && targets.some((target) => normalizeTargetUri(target) === normalized);
}

/**
 * Normalises an absolute address of HTTP: scheme and host in lower case, no default port, dot segments resolved,
 * escapes in upper case and only where they are needed; without query and fragment. Gives undefined for a text that is
 * none, or that has user information, which no address of a request can have (RFC 9110, section 4.2.4).
 */
export function normalizeTargetUri(text: string): string | undefined {
  const [address = ''] = text.split(/[?#]/, 1);
  if (!httpUri.test(address) || !printable.test(address)) return undefined;
  const url = URL.parse(address);
  if (url === null) return undefined;
  return url.origin + url.pathname.replace(/%[\da-f]{2}/gi, normalizeEscape);
}

function normalizeEscape(escaped: string): string {
  const character = String.fromCharCode(Number.parseInt(escaped.slice(1), 16));
  return unreserved.test(character) ? character : escaped.toUpperCase();
}
