// What a verifier is made with: every setting, its default and the reason for it.

import { type Clock, machineClock } from './clock.ts';

/** What `createVerifier` takes. */
export interface VerifierOptions {
  /**
   * With a credential: the address of the service port (`http://gangway.internal:4002`). Without one: the public address,
   * for its published keys; then signed tokens alone can be verified, and a revoked one counts until it expires.
   */
  readonly url: string;
  /** What `gangway backends create` printed (`gwb_…`). */
  readonly credential?: string | undefined;
  /**
   * The addresses under which visitors reach this backend (`https://chat.example`), with the path that a proxy in front
   * takes away, if it does: a proof of possession is made for one address, and the `Host` header is anybody's word. Tokens that
   * are bound to a key are refused without it. `'request'` takes the address of each Fetch request as it is: right only
   * where the platform itself routes by host, as Workers do.
   */
  readonly publicUrls?: readonly string[] | 'request' | undefined;
  /** The accounts (`AC…`) whose tokens count. Without it, those of the credential. Without that, it has to be given. */
  readonly accounts?: readonly string[] | undefined;

  /** By how many seconds clocks may differ, for signed tokens. The service's time is known, so it can be small: 5. */
  readonly leewaySeconds?: number;
  /** How long an answer about an encrypted token is used, in seconds, if nothing ends it: 120. Of a killed key the feed does not tell. */
  readonly answerAgeSecondsMax?: number;
  /** How many answers are remembered at most: 10,000. Beyond it the oldest is forgotten, and asked for again. */
  readonly answersMax?: number;
  /** How much memory they may take at most, in bytes: 32 MiB. */
  readonly answerBytesMax?: number;
  /**
   * For how long the feed of revocations may be silent, in milliseconds, before it is heard, or the token asked about, first:
   * 5,000. Where neither can be, it is `upstream_unavailable`. `Infinity`: signed tokens count while the service is away.
   */
  readonly silenceMsMax?: number;
  /** How often the feed is asked while there is something to follow, in milliseconds: 500. */
  readonly pollIntervalMs?: number;
  /** How many revocations are known at most: 100,000, some 15 MB. Beyond it signed tokens are asked about as encrypted ones are. */
  readonly revocationsMax?: number;
  /** How long published keys count without being heard again, in seconds: 600. While they can be, 60. */
  readonly keysAgeSecondsMax?: number;
  /** Between two fetches of the keys for a name that is unknown, in seconds: 10. */
  readonly keysRefetchSecondsMin?: number;
  /** How many used proofs are remembered at most: 100,000. When it is full, proofs are refused with `overloaded`. */
  readonly proofsMax?: number;
  /**
   * What the nonces of proofs are made with: 32 random bytes or more, as text, the same on all replicas. Without it, the
   * credential; without that, each process has its own, and a page that meets another replica repeats its request.
   */
  readonly nonceSecret?: string | undefined;

  /** Hears what is wrong between here and the service; never about a token. Writes a warning a minute at most, unless given. */
  readonly report?: (problem: unknown) => void;
  /** What the service is asked with: the runtime's own. */
  readonly fetch?: typeof globalThis.fetch;
  /** What tells the time: this machine's clocks. */
  readonly clock?: Clock;
}

/** The options, whole. */
export type Settings = Required<Omit<VerifierOptions, 'credential' | 'publicUrls' | 'accounts' | 'nonceSecret'>> & {
  readonly credential: string | undefined;
  readonly nonceSecret: string | undefined;
  readonly publicUrls: readonly string[] | 'request' | undefined;
  readonly accounts: ReadonlySet<string> | undefined;
};

const accountSid = /^AC[0-9a-f]{32}$/;

/**
 * Checks options and adds what was left out.
 * @throws TypeError where they cannot be right. A backend that starts wrongly set up would refuse everybody, or nobody
 */
export function readOptions(options: VerifierOptions): Settings {
  const { url, credential, publicUrls, accounts, nonceSecret } = options;
  if (!isHttpUrl(url)) throw new TypeError('url must be an address of http or https, such as http://localhost:4002.');
  if (credential !== undefined && !/^[\x21-\x7e]+$/.test(credential)) {
    throw new TypeError('credential is empty, or has a character that no credential has. Is the environment variable set?');
  }
  if (credential === undefined && accounts === undefined) {
    throw new TypeError('Give a credential, or name your accounts: otherwise the tokens of everybody would count here.');
  }
  if (accounts !== undefined && (accounts.length === 0 || !accounts.every((sid) => accountSid.test(sid)))) {
    throw new TypeError('accounts must be sids of accounts (AC and 32 hexadecimal digits), at least one.');
  }
  if (publicUrls !== undefined && publicUrls !== 'request' && (publicUrls.length === 0 || !publicUrls.every(isHttpUrl))) {
    throw new TypeError('publicUrls must be addresses of http or https, such as https://chat.example, at least one.');
  }
  if (nonceSecret !== undefined && nonceSecret.length < 32) throw new TypeError('nonceSecret must have 32 characters or more.');
  return {
    leewaySeconds: 5,
    answerAgeSecondsMax: 120,
    answersMax: 10_000,
    answerBytesMax: 32 * 1024 * 1024,
    silenceMsMax: 5000,
    pollIntervalMs: 500,
    revocationsMax: 100_000,
    keysAgeSecondsMax: 600,
    keysRefetchSecondsMin: 10,
    proofsMax: 100_000,
    // Called as a function of nothing: some runtimes mind what it is called on.
    fetch: (input, init) => globalThis.fetch(input, init),
    clock: machineClock,
    ...given(options),
    report: quietly(options.report ?? createReport()),
    url,
    credential,
    nonceSecret,
    publicUrls: publicUrls === undefined || publicUrls === 'request' ? publicUrls : publicUrls.map(withoutTrailingSlash),
    accounts: accounts === undefined ? undefined : new Set(accounts),
  };
}

/** Without what was given as undefined, which would hide the default. */
function given(options: VerifierOptions): Partial<Settings> {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
}

function isHttpUrl(text: unknown): boolean {
  if (typeof text !== 'string' || !URL.canParse(text)) return false;
  const { protocol, username, password, search, hash } = new URL(text);
  return (protocol === 'http:' || protocol === 'https:') && [username, password, search, hash].every((part) => part === '');
}

function withoutTrailingSlash(url: string): string {
  return url.replace(/\/+$/, '');
}

/** A log that fails must not make a verdict fail, nor end the process from the background. */
function quietly(report: (problem: unknown) => void): (problem: unknown) => void {
  return (problem) => {
    try {
      report(problem);
    } catch {
      // There is nobody left to tell.
    }
  };
}

const reportIntervalMs = 60_000;

function createReport(): (problem: unknown) => void {
  let reportedAt = Number.NEGATIVE_INFINITY;
  return (problem) => {
    const now = performance.now();
    if (now - reportedAt < reportIntervalMs) return;
    reportedAt = now;
    console.warn(`Gangway: ${problem instanceof Error ? problem.message : String(problem)}`);
  };
}
