// What was revoked, for backends that remember what they judged: GET /v1/Revocations. Reasons and authors are the
// operator's, and stay here.

import type { AnswerOf, CallContext, InputOf } from '@gangway/contracts/contract';
import type { scopedAuth } from '@gangway/contracts/scoped-auth';
import type { ScopedAuthParts } from './dependencies.ts';
import { endsOnlyWhatHadBegun } from './revocations/revocation.ts';

const toldAtOnce = 500;

/** Gives the next piece of the feed: of accounts the backend's own alone, of everything else all of it. */
export async function publishRevocations(
  { clock, revocations }: Pick<ScopedAuthParts, 'clock' | 'revocations'>,
  { after = '0' }: InputOf<typeof scopedAuth, 'revocationFeed'>,
  { backend }: CallContext,
): Promise<AnswerOf<typeof scopedAuth, 'revocationFeed'>> {
  const askedAtMs = clock.now();
  const { entries, readTo, newest } = await revocations.read(Number(after), toldAtOnce);
  const concerns = entries.filter(({ kind, subject }) => kind !== 'account' || backend?.accounts.includes(subject) !== false);
  // Where nothing was left to read, all is known up to the newest, of which the entry itself may be forgotten already.
  const next = readTo ?? newest;
  return {
    revocations: concerns.map(({ sequence, kind, subject, createdAtMs, expiresAtMs }) => ({
      ...{ sequence, kind, subject },
      cutoff: endsOnlyWhatHadBegun(kind) ? Math.floor(createdAtMs / 1000) : null,
      expiresAt: new Date(expiresAtMs).toISOString(),
    })),
    next: String(next),
    more: next < newest,
    asOf: new Date(askedAtMs).toISOString(),
    accounts: [...(backend?.accounts ?? [])],
  };
}
