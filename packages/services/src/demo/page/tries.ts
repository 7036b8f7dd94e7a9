// Honest ways to be refused: each sends a real request that is wrong in one way, beside the session, which stays as it is.

import { collectSignals } from '@gangway/sdk';
import { askFromAnotherOrigin } from './another-origin.ts';
import type { AnsweredRequest, Intent } from './observed-fetch.ts';
import { plainClient } from './plain-client.ts';

/** What a try works with. */
export interface TryContext {
  readonly deploymentKey: string;
  readonly loginTimestamp: string;
  /** The session's token at this moment. */
  token(): Promise<string>;
  /** Tells the page of each request by itself. */
  readonly fetch: typeof globalThis.fetch;
  /** Tells the page of a request that was sent without `fetch`. */
  tell(request: AnsweredRequest): void;
}

/** One way to be refused, or to learn why. */
export interface Try extends Intent {
  readonly id: string;
  /** What is wrong with the request. */
  readonly about: string;
  readonly expected: string;
  run(context: TryContext): Promise<unknown>;
}

/** A well-formed key that no deployment has. */
const nobodysKey = `CV${'0'.repeat(32)}`;
const otherLogin = '9999999';

export const tries: readonly Try[] = [
  {
    id: 'broken-token',
    title: 'A broken token',
    about: 'Refreshes with one letter of the token changed.',
    expected: 'invalid_token',
    explanation: 'The seal no longer fits what it seals, so Scoped Auth cannot even tell whose token it was.',
    run: async (context) => clientOf(context).refreshToken(broken(await context.token()), collectSignals(context.loginTimestamp)),
  },
  {
    id: 'other-browser',
    title: 'Another browser',
    about: 'Refreshes with the right token, but the signals of someone who logged in at another time.',
    expected: 'invalid_fingerprint',
    explanation:
      'The token is good, and that is not enough: it is bound to the browser that asked for it. This is what a thief meets.',
    run: async (context) => {
      // A token of its own, for five such guesses end a session.
      const own = await clientOf({ ...context, fetch }).createToken(collectSignals(context.loginTimestamp));
      return clientOf(context).refreshToken(own.token, collectSignals(otherLogin));
    },
  },
  {
    id: 'no-signals',
    title: 'No signals',
    about: 'Asks for a token and says nothing about the browser.',
    expected: 'fingerprint_generation_failed',
    explanation:
      'Webchat Security is on for this deployment: without signals there is nothing to bind a token to, so none is made.',
    run: (context) => clientOf(context).createToken({}),
  },
  {
    id: 'wrong-key',
    title: 'A wrong key',
    about: 'Asks with a well-formed key that nobody has.',
    expected: 'deployment_not_found',
    explanation: 'An unknown key and a disabled one look the same, and the request ends before anyone is asked for a token.',
    run: (context) => clientOf({ ...context, deploymentKey: nobodysKey }).createToken(collectSignals(context.loginTimestamp)),
  },
  {
    id: 'malformed',
    title: 'A malformed request',
    about: 'Asks with a deployment key that is none.',
    expected: 'invalid_request',
    explanation: 'Starship checks the form of a request at the door. Nobody behind it was called.',
    run: (context) => clientOf({ ...context, deploymentKey: 'not a key' }).createToken(collectSignals(context.loginTimestamp)),
  },
  {
    id: 'plain-form',
    title: 'A plain form',
    about: 'Sends what an HTML form on any site could send without asking.',
    expected: 'preflight_required',
    explanation: 'A browser sends such a form across sites without a preflight, so it never makes a token.',
    run: ({ fetch, deploymentKey }) =>
      fetch('/v2/Webchat/Token', { method: 'POST', body: new URLSearchParams({ deploymentKey }), credentials: 'omit' }),
  },
  {
    id: 'another-origin',
    title: 'A page of another site',
    about: 'A sandboxed frame, which the browser treats as a stranger, tries with the same key.',
    expected: 'origin_not_allowed',
    explanation:
      'Its request for a token was refused, and the browser hid even the refusal from it. So it asked why, as any page may, and got this answer.',
    run: runAnotherOrigin,
  },
  {
    id: 'my-origin',
    title: 'Ask about my origin',
    about: 'Not wrong at all: any page may ask whether it would be let in, and why not.',
    expected: 'Webchat/Origin',
    explanation:
      'Browsers name no origin when a page merely reads from the server it came from, as this one does. From a page of your own site the answer says whether it is let in.',
    run: (context) => clientOf(context).explainOrigin(),
  },
];

function clientOf({ deploymentKey, fetch }: Pick<TryContext, 'deploymentKey' | 'fetch'>) {
  return plainClient(deploymentKey, fetch);
}

/** The token with the first letter of its seal changed. */
function broken(token: string): string {
  const at = token.lastIndexOf('.') + 1;
  return `${token.slice(0, at)}${token[at] === 'A' ? 'B' : 'A'}${token.slice(at + 1)}`;
}

async function runAnotherOrigin(this: Try, { deploymentKey, tell }: TryContext): Promise<void> {
  const { given, status, requestId, verdict } = await askFromAnotherOrigin(deploymentKey);
  tell({
    title: this.title,
    explanation: given ? 'It got a token: this deployment names no origins, so every page may use it.' : this.explanation,
    label: 'GET /v2/Webchat/Origin',
    at: new Date(),
    status,
    requestId,
    callIds: [requestId],
    refusal: undefined,
    verdict,
  });
}
