// The proof with which a session begins: for no token, or for one that came along and did not count.

import { expect, test } from 'vitest';
import { athOf, htm, htu, payload, proofClient, proofServer } from './proof/testing/proofs.ts';
import { verifyFirstProof } from './verify-first-proof.ts';

const token = 'eyJhbGciOiJkaXIifQ..aaaa.bbbb.cccc';

function setUp() {
  const server = proofServer();
  const client = proofClient();
  const proof = (changes: object = {}) => client.sign(client.header, payload(server.nonces.issue(), { ...changes }));
  const verify = (sent: string | undefined, rest: object = {}) =>
    verifyFirstProof(server, { proof: sent, htm, htu: [htu], ...rest });
  return { client, proof, verify };
}
const refused = (message: string) => ({ verified: false, message, dpopNonce: expect.stringMatching(/^[\w-]{28}$/) });

test('a good proof gives the thumbprint of its key, once', async () => {
  const { client, proof, verify } = setUp();
  const sent = proof();
  expect(await verify(sent)).toEqual({ verified: true, thumbprint: client.thumbprint, dpopNonce: expect.any(String) });
  expect(await verify(sent)).toEqual(refused('proof_validation_failed'));
});

test('no proof, another address, another method and no target at all are refused', async () => {
  const { proof, verify } = setUp();
  expect(await verify(undefined)).toEqual(refused('proof_validation_failed'));
  expect(await verify('')).toEqual(refused('proof_validation_failed'));
  expect(await verify(proof({ htu: 'https://evil.example/' }))).toEqual(refused('proof_validation_failed'));
  expect(await verify(proof({ htm: 'GET' }))).toEqual(refused('proof_validation_failed'));
  expect(await verify(proof(), { htm: undefined, htu: undefined })).toEqual(refused('proof_validation_failed'));
});

test('a proof without a nonce is asked for one, whether or not it is for the token that came along', async () => {
  const { proof, verify } = setUp();
  expect(await verify(proof({ nonce: undefined }))).toEqual(refused('proof_nonce_required'));
  expect(await verify(proof({ nonce: undefined, ath: athOf(token) }), { token })).toEqual(refused('proof_nonce_required'));
});

test('a proof for a token counts only beside that token', async () => {
  const { proof, verify } = setUp();
  expect(await verify(proof({ ath: athOf(token) }))).toEqual(refused('proof_validation_failed'));
  expect(await verify(proof({ ath: athOf(token) }), { token: 'another' })).toEqual(refused('proof_validation_failed'));
  const sent = proof({ ath: athOf(token) });
  expect(await verify(sent, { token })).toMatchObject({ verified: true });
  expect(await verify(sent, { token })).toEqual(refused('proof_validation_failed'));
  expect(await verify(proof(), { token })).toMatchObject({ verified: true });
});
