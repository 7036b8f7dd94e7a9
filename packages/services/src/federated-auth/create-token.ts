// Create: a session, an identity, the roles of the deployment. A visitor may wish for an identity; a token of that
// identity, which passes all that a refresh checks, must bear the wish out. Else the identity is new: never an error, never
// somebody else's.

import { randomUUID } from 'node:crypto';
import type { AnswerOf, CallContext, InputOf } from '@gangway/contracts/contract';
import type { federatedAuth } from '@gangway/contracts/federated-auth';
import type { scopedAuth } from '@gangway/contracts/scoped-auth';
import { numericDate } from '../platform/clock.ts';
import { bindProofKey } from './bind-proof-key.ts';
import type { FederatedAuthDependencies } from './create-federated-auth.ts';
import { endsOf } from './session-ends.ts';
import { tokenRefusal } from './token-refusal.ts';

type CreateInput = InputOf<typeof federatedAuth, 'createToken'>;
type Verdict = AnswerOf<typeof scopedAuth, 'validate'>;
type Held = Extract<Verdict, { authorized: true }>;

/** Begins a session, or goes on with that of a wished identity, and has a token made for it. */
export async function createToken(
  dependencies: FederatedAuthDependencies,
  input: CreateInput,
  context: CallContext,
): Promise<AnswerOf<typeof federatedAuth, 'createToken'>> {
  const { scopedAuth, clock } = dependencies;
  const { accountSid, deploymentSid, grants, lives, encrypt, fingerprint } = input;
  const wish = input.wish === undefined ? undefined : await judgeWish(dependencies, input, input.wish, context);
  const isHeld =
    wish?.authorized === true &&
    wish.identity === input.wish?.identity &&
    (wish.proofChecked || input.proofOfPossession !== 'required');
  const held = isHeld ? wish : undefined;

  const binding = await bindProofKey(scopedAuth, input, wish?.proofKeyThumbprint, context);
  if (binding.verdict === 'refused') return tokenRefusal(binding.message, binding.dpopNonce);

  const now = numericDate(clock);
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
      session: sessionOf(held, startedAt),
      ...ends,
      // A session that is bound stays bound; one that is not is not bound half-way.
      proofKeyThumbprint: held === undefined ? binding.thumbprint : held.proofKeyThumbprint,
    },
    context,
  );
  return { token, identity, expiration, roles: grants, dpopNonce };
}

function sessionOf(held: Held | undefined, startedAt: number) {
  if (held === undefined) return { id: randomUUID(), startedAt, generation: 0 };
  return { ...held.session, generation: held.refresh?.generation ?? held.session.generation + 1 };
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
