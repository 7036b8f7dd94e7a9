// Others agree: the dpop package is the client, unchanged, and jose makes proofs and judges ours.

import { calculateThumbprint, generateKeyPair, generateProof } from 'dpop';
import { calculateJwkThumbprint, EmbeddedJWK, exportJWK, generateKeyPair as joseKeyPair, jwtVerify, SignJWT } from 'jose';
import { expect, test } from 'vitest';
import { nonceLifeSeconds } from './nonces.ts';
import { athOf, htm, htu, payload, proofClient, proofServer } from './testing/proofs.ts';

const accessToken = 'eyJhbGciOiJkaXIifQ..aaaa.bbbb.cccc';
const refreshHtu = `${htu}/Refresh`;

test('the dpop package creates, is asked for a nonce, creates again and refreshes with the token', async () => {
  const server = proofServer();
  const keyPair = await generateKeyPair('ES256');
  const thumbprint = await calculateThumbprint(keyPair.publicKey);

  expect(await server.verify(await generateProof(keyPair, htu, htm))).toEqual({ verdict: 'nonce_required' });
  const nonce = server.nonces.issue();
  expect(await server.verify(await generateProof(keyPair, htu, htm, nonce))).toEqual({ verdict: 'valid', thumbprint });

  const refresh = { htu: [refreshHtu], accessToken, expectedThumbprint: thumbprint };
  server.clock.advanceSeconds(nonceLifeSeconds);
  const stale = await generateProof(keyPair, refreshHtu, htm, nonce, accessToken);
  expect(await server.verify(stale, refresh)).toEqual({ verdict: 'nonce_required' });
  const fresh = await generateProof(keyPair, refreshHtu, htm, server.nonces.issue(), accessToken);
  expect(await server.verify(fresh, refresh)).toEqual({ verdict: 'valid', thumbprint });
  expect(await server.verify(fresh, refresh)).toEqual({ verdict: 'invalid', reason: 'replay' });
});

test("the dpop package's proofs of other algorithms are refused", async () => {
  const server = proofServer();
  for (const algorithm of ['RS256', 'PS256', 'Ed25519'] as const) {
    const proof = await generateProof(await generateKeyPair(algorithm), htu, htm, server.nonces.issue());
    expect(await server.verify(proof)).toEqual({ verdict: 'invalid', reason: 'header' });
  }
});

test('proofs that jose made are valid under the thumbprint that jose computes', async () => {
  const server = proofServer();
  for (let count = 0; count < 50; count += 1) {
    const { privateKey, publicKey } = await joseKeyPair('ES256');
    const jwk = await exportJWK(publicKey);
    const proof = await new SignJWT(payload(server.nonces.issue(), { ath: athOf(accessToken) }))
      .setProtectedHeader({ typ: 'dpop+jwt', alg: 'ES256', jwk })
      .sign(privateKey);
    const thumbprint = await calculateJwkThumbprint(jwk);
    expect(await server.verify(proof, { accessToken, expectedThumbprint: thumbprint })).toEqual({ verdict: 'valid', thumbprint });
  }
});

test('jose and this verifier agree on which altered proofs are signed by their key', async () => {
  const server = proofServer();
  const client = proofClient();
  for (let count = 0; count < 200; count += 1) {
    const proof = client.sign(client.header, payload(server.nonces.issue()));
    // All but the last character, of which jose ignores the unused bits and we do not.
    const at = proof.lastIndexOf('.') + 1 + (count % 85);
    const altered = count % 4 === 0 ? proof : proof.slice(0, at) + (proof[at] === 'A' ? 'E' : 'A') + proof.slice(at + 1);
    const byJose = await jwtVerify(altered, EmbeddedJWK, { typ: 'dpop+jwt', algorithms: ['ES256'] }).then(
      () => 'valid',
      () => 'invalid',
    );
    expect((await server.verify(altered)).verdict).toBe(byJose);
  }
});
