// The address that a proof was made for, compared with the addresses under which visitors reach this backend.

// An address of HTTP with a host, without query and fragment. Printable ASCII: browsers send more of it than RFC 3986 admits,
// such as a bar. Not the backslash, nor white space: the parser of URLs takes the one for a slash and forgives the other.
const httpUri = /^https?:\/\/[^/@]+(?:\/|$)/i;
const printable = /^[!-[\]-~]+$/;
const unreserved = /^[\w\-.~]$/;

/**
 * Whether `htu` names one of the targets (RFC 9449, section 4.3, step 9), all compared without query and fragment and after
 * the normalisation of RFC 3986, sections 6.2.2 and 6.2.3. Paths keep their case.
 */
export function isTargetUri(htu: string, targets: readonly string[]): boolean {
  const normalized = normalizeTargetUri(htu);
  return normalized !== undefined && targets.some((target) => normalizeTargetUri(target) === normalized);
}

/**
 * Normalises an absolute address of HTTP. Gives undefined for a text that is none, or that has user information, which no
 * address of a request can have (RFC 9110, section 4.2.4).
 */
export function normalizeTargetUri(text: string): string | undefined {
  const [address = ''] = text.split(/[?#]/, 1);
  if (!httpUri.test(address) || !printable.test(address)) return undefined;
  try {
    const { origin, pathname } = new URL(address);
    return origin + pathname.replace(/%[\da-f]{2}/gi, normalizeEscape);
  } catch {
    return undefined;
  }
}

/**
 * The path and query of the target of a request. In its absolute form (RFC 9112, section 3.2.2) the host is whatever the client
 * wrote, as `Host` is, and stays out.
 */
export function pathOf(target: string): string {
  const path = target.replace(/^[a-z][a-z\d+.-]*:\/\/[^/?#]*/i, '');
  return path.startsWith('/') ? path : `/${path}`;
}

/** The address of a WebSocket as one of HTTP, which is what its handshake is (RFC 6455, section 4.1). */
export function httpAddressOf(url: string): string {
  return url.replace(/^ws(s?):/i, 'http$1:');
}

function normalizeEscape(escaped: string): string {
  const character = String.fromCharCode(Number.parseInt(escaped.slice(1), 16));
  return unreserved.test(character) ? character : escaped.toUpperCase();
}
