// What a request of the session was for, and what its answer means, in words for people.

import type { Intent } from './observed-fetch.ts';

const granted: Readonly<Record<'create' | 'refresh' | 'end', Intent>> = {
  create: {
    title: 'Welcome aboard',
    explanation: 'A new visitor: an identity was made up, and a token was encrypted and bound to this browser.',
  },
  refresh: {
    title: 'The token was renewed',
    explanation: 'The same visitor under a later token: its seal, its browser and its key were checked first.',
  },
  end: {
    title: 'You ended the session',
    explanation: 'It is revoked for good, everywhere within a second. The chat hears of it by itself, and closes.',
  },
};

const refused: typeof granted = {
  create: { title: 'No token yet', explanation: '' },
  refresh: { title: 'The token was not renewed', explanation: '' },
  end: { title: 'The session was not ended', explanation: '' },
};

const nonceAsked: Intent = {
  title: 'A proof was asked for',
  explanation:
    'The key’s first proof lacks a nonce of the server. The browser makes another with the one that just came, and asks again.',
};

const whyAsked: Intent = {
  title: 'Why this page is refused',
  explanation: 'The SDK asks by itself when an origin is refused, and tells whoever reads the console what is to be added.',
};

const whyUnanswered: Intent = {
  title: 'Nobody says why',
  explanation:
    'To a page, a server that is away looks like one that refuses it. So the SDK asks which it is: nobody answers, so it is away.',
};

/** A refusal or failure that passes: what happens then. */
const passing: Readonly<Record<'create' | 'refresh' | 'end', string>> = {
  create: 'This passes, so it is asked for again by itself.',
  refresh: 'This passes, so it is tried again by itself; the token at hand stays good until it expires.',
  end: 'So the session goes on: nothing was forgotten. End it once more when the server is back.',
};

/** Words for a request to a path that came to a status; 0 where no answer came. */
export function sessionIntent(path: string, status: number, code?: string): Intent {
  if (code === 'use_dpop_nonce') return nonceAsked;
  if (path.endsWith('/Origin')) return status === 0 ? whyUnanswered : whyAsked;
  const kind = /\/(refresh|end)$/i.exec(path)?.[1]?.toLowerCase() as 'refresh' | 'end' | undefined;
  const what = kind ?? 'create';
  if (status > 0 && status < 400) return { ...granted[what], leadsToChat: true };
  const passes = status === 0 || status === 429 || status >= 500;
  return {
    ...refused[what],
    explanation: passes
      ? passing[what]
      : 'It would be refused again, so nothing is repeated. A new session begins when you ask for it.',
  };
}
