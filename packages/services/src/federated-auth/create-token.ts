// Create: a session, an identity, the roles of the deployment. A visitor may wish for an identity; a token of that
// identity, which passes all that a refresh checks, must bear the wish out. Else the identity is new: never an error, never
// somebody else's.

import { randomUUID } from 'node:crypto';
import type { AnswerOf, CallContext, InputOf } from '@gangway/contracts/contract';
import type { federatedAuth } from '@gangway/contracts/federated-auth';
import type { scopedAuth } from '@gangway/contracts/scoped-auth';
import { isPending } from '../platform/awaitable.ts';
import { numericDate } from '../platform/clock.ts';
import { type Binding, bindProofKey } from './bind-proof-key.ts';
import { boundLate, continuedSession } from './continued-session.ts';
import type { FederatedAuthDependencies } from './dependencies.ts';
import type { Judged } from './judge-token.ts';
import { endsOf } from './session-ends.ts';
import { tokenRefusal } from './token-refusal.ts';

type CreateInput = InputOf<typeof federatedAuth, 'createToken'>;
type Verdict = AnswerOf<typeof scopedAuth, 'validate'>;

/** Begins a session, or goes on with that of a wished identity, and has a token made for it. */
export async function createToken(
  dependencies: FederatedAuthDependencies,
  input: CreateInput,
  context: CallContext,
): Promise<AnswerOf<typeof federatedAuth, 'createToken'>> {
  const { scopedAuth, clock } = dependencies;
  const { accountSid, deploymentSid, grants, lives, encrypt, fingerprint } = input;
  const now = numericDate(clock);
  const wish = input.wish === undefined ? undefined : await judgeWish(dependencies, input, input.wish, context);
  const held = wish?.authorized === true && bearsOut(wish, input, now) ? wish : undefined;

  // A session that is bound stays bound; one that is not is not bound half-way.
  const judged = held === undefined ? bindProofKey(scopedAuth, input, wish?.proofKeyThumbprint, context) : boundAs(held);
  const binding = isPending(judged) ? await judged : judged;
  if (binding.verdict === 'refused') return tokenRefusal(binding.message, binding.dpopNonce);

  const startedAt = held?.session.startedAt ?? now;
  const ends = endsOf(lives, startedAt, now, held?.absoluteEnd);
  const { token, identity, expiration, dpopNonce } = await scopedAuth.generate(
    {
      accountSid,
      deploymentSid,
      grants,
      ttl: lives.tokenTtlSeconds,
      encrypt,
      fingerprint,
      identity: held?.identity,
      session: held === undefined ? { id: randomUUID(), startedAt, generation: 0 } : continuedSession(held),
      ...ends,
      proofKeyThumbprint: binding.thumbprint,
    },
    context,
  );
  const late = held === undefined ? undefined : boundLate(held, fingerprint);
  return { token, identity, expiration, roles: grants, dpopNonce, boundLate: late };
}

/** Whether a token that counts is of the wished identity, in a session that the deployment still allows. */
function bearsOut(held: Judged, { wish, proofOfPossession, lives }: CreateInput, now: number): boolean {
  return (
    held.identity === wish?.identity &&
    (held.proofChecked || proofOfPossession !== 'required') &&
    endsOf(lives, held.session.startedAt, now, held.absoluteEnd).absoluteEnd > now
  );
}

function boundAs({ proofKeyThumbprint: thumbprint }: Judged): Binding {
  return { verdict: 'bound', thumbprint };
}

function judgeWish(
  { scopedAuth }: FederatedAuthDependencies,
  { accountSid, deploymentSid, fingerprint, proof, htm, htu }: CreateInput,
  { token, sensitivity }: NonNullable<CreateInput['wish']>,
  context: CallContext,
): Promise<Verdict> {
  return scopedAuth.validate(
    { token, accountSid, deploymentSid, fingerprint, sensitivity, proof, htm, htu, purpose: 'refresh' },
    context,
  );
}
