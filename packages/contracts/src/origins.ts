// Which origins a deployment allows. The same few rules decide at the orchestrator (is the request refused?), at the
// edge (which Access-Control-Allow-Origin does a browser accept?) and where an entry is written (is it an origin at all?).
//
// An entry is an origin as RFC 6454 serialises it, or has a leading wildcard label, or any port, or is the word `null`.

/** Answers whether an `Origin` header is covered. A missing header is covered only where no entry restricts the deployment. */
export type OriginPolicy = (origin: string | undefined) => boolean;

/** What an entry of `allowedOrigins` says, taken apart. */
type OriginEntry =
  | { readonly kind: 'exact'; readonly origin: string }
  | {
      readonly kind: 'pattern';
      readonly scheme: string;
      readonly host: string;
      readonly subdomains: boolean;
      readonly port: string | 'any';
    };

/** Why a text is not an entry, in words for the operator who wrote it. */
export interface OriginEntryProblem {
  readonly problem: string;
}

const entryShape = /^([a-z][a-z0-9+.-]*):\/\/(\*\.)?([^/?#@\s*]+?)(?::(\d{1,5}|\*))?(\/)?$/i;
const webSchemes = new Set(['http', 'https']);
const defaultPorts: Readonly<Record<string, string>> = { http: '80', https: '443' };
/** Longer `Origin` headers are nobody's: a host name has at most 253 characters. */
const originLengthMax = 320;

/**
 * Reads one entry of `allowedOrigins`.
 * @returns the entry, in the spelling that browsers send, or the problem with it.
 */
export function parseOriginEntry(text: string): OriginEntry | OriginEntryProblem {
  if (text === 'null') return { kind: 'exact', origin: 'null' };
  if (text === '*') return { problem: 'to allow every origin, leave the list empty' };
  const [, scheme = '', wildcard, host = '', port, slash] = entryShape.exec(text) ?? [];
  if (scheme === '') {
    return text.includes('://')
      ? { problem: 'an origin is scheme://host or scheme://host:port, without path, query or user' }
      : { problem: `an origin begins with its scheme, such as https://${text.replace(/[/?#].*$/, '') || 'shop.example'}` };
  }
  if (slash !== undefined) return { problem: `an origin has no path, not even a slash: ${text.slice(0, -1)}` };
  const canonicalScheme = scheme.toLowerCase();
  const canonicalHost = canonicalHostOf(canonicalScheme, host);
  if (canonicalHost === undefined) return { problem: `"${host}" is not a host name` };
  if (port !== undefined && port !== '*' && Number(port) > 65_535) return { problem: `there is no port ${port}` };
  if (wildcard !== undefined && !canonicalHost.includes('.')) {
    return { problem: `*.${canonicalHost} would cover a whole top-level domain` };
  }
  const canonicalPort = port === undefined || port === defaultPorts[canonicalScheme] ? '' : port;
  if (wildcard === undefined && port !== '*') {
    return { kind: 'exact', origin: `${canonicalScheme}://${canonicalHost}${canonicalPort === '' ? '' : `:${canonicalPort}`}` };
  }
  return {
    kind: 'pattern',
    scheme: canonicalScheme,
    host: canonicalHost,
    subdomains: wildcard !== undefined,
    port: port === '*' ? 'any' : canonicalPort,
  };
}

/** The host as the URL standard writes it (lower case, punycode), or undefined where it is none. */
function canonicalHostOf(scheme: string, host: string): string | undefined {
  try {
    // Other schemes have opaque hosts, which the standard leaves as they are.
    const url = new URL(`${webSchemes.has(scheme) ? scheme : 'https'}://${host}`);
    return url.port === '' && url.pathname === '/' ? url.hostname : undefined;
  } catch {
    return undefined;
  }
}

/**
 * Compiles a list of entries into a decision that costs one set look-up for plain origins.
 * An empty list restricts nothing. An entry that is no origin covers nothing: it was refused when it was written.
 */
export function compileOriginPolicy(entries: readonly string[]): OriginPolicy {
  if (entries.length === 0) return () => true;
  const exact = new Set<string>();
  const patterns: Extract<OriginEntry, { kind: 'pattern' }>[] = [];
  for (const text of entries) {
    const entry = parseOriginEntry(text);
    if ('problem' in entry) continue;
    if (entry.kind === 'exact') exact.add(entry.origin);
    else patterns.push(entry);
  }
  return (origin) => {
    if (origin === undefined || origin.length > originLengthMax) return false;
    return exact.has(origin) || (patterns.length > 0 && patterns.some((pattern) => coveredBy(pattern, origin)));
  };
}

/** The parts of a serialised origin. Browsers send it canonical: anything else is not covered. */
const serialisedOrigin = /^([a-z][a-z0-9+.-]*):\/\/([a-z0-9._-]+|\[[0-9a-f:.]+\])(?::([1-9]\d{0,4}))?$/;

function coveredBy(pattern: Extract<OriginEntry, { kind: 'pattern' }>, origin: string): boolean {
  const [, scheme, host = '', port = ''] = serialisedOrigin.exec(origin) ?? [];
  if (scheme !== pattern.scheme) return false;
  if (pattern.port !== 'any' && pattern.port !== port) return false;
  if (!pattern.subdomains) return host === pattern.host;
  return host.length > pattern.host.length + 1 && host.endsWith(`.${pattern.host}`) && !host.startsWith('.');
}
