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

/** Words for a request to a path that came to a status; 0 where no answer came. */
export function sessionIntent(path: string, status: number, code?: string): Intent {
  if (code === 'use_dpop_nonce') return nonceAsked;
  if (path.endsWith('/Origin')) return whyAsked;
  const kind = /\/(refresh|end)$/i.exec(path)?.[1]?.toLowerCase() as 'refresh' | 'end' | undefined;
  if (status > 0 && status < 400) return { ...granted[kind ?? 'create'], leadsToChat: true };
  const passing = status === 0 || status === 429 || status >= 500;
  return {
    ...refused[kind ?? 'create'],
    explanation: passing
      ? 'This passes, so it is tried again by itself; a token at hand stays good meanwhile.'
      : 'It would be refused again, so nothing is repeated. A new session begins when you ask for it.',
  };
}
