// Credentials between services: hold for one caller at one callee for a minute, and for nothing else.

import { expect, it } from 'vitest';
import { createCredentialIssuer, createCredentialVerifier } from './service-credential.ts';
import { fakeClock } from './testing/fake-clock.ts';

const secret = 's'.repeat(32);
const leewaySeconds = 60;

function parties() {
  const clock = fakeClock();
  const issue = createCredentialIssuer(secret, clock);
  const verify = createCredentialVerifier(secret, clock, leewaySeconds);
  return { clock, issue, verify, credential: issue('federated-auth', 'scoped-auth') };
}

it('speaks for its caller at its callee', () => {
  const { verify, credential } = parties();
  expect(verify(credential, 'scoped-auth')).toBe('federated-auth');
  expect(verify(credential, 'flex-configuration')).toBeUndefined();
  expect(verify(credential, 'scoped-auth')).toBe('federated-auth');
});

it('holds for a minute and the leeway, also where it was verified before', () => {
  const { clock, verify, credential } = parties();
  expect(verify(credential, 'scoped-auth')).toBe('federated-auth');
  clock.advance(119_000);
  expect(verify(credential, 'scoped-auth')).toBe('federated-auth');
  clock.advance(1000);
  expect(verify(credential, 'scoped-auth')).toBeUndefined();
});

it('is used again for most of its life, and renewed before it ends', () => {
  const { clock, issue, credential } = parties();
  clock.advance(39_000);
  expect(issue('federated-auth', 'scoped-auth')).toBe(credential);
  clock.advance(1000);
  expect(issue('federated-auth', 'scoped-auth')).not.toBe(credential);
  expect(issue('starship', 'scoped-auth')).not.toContain('federated-auth');
});

it.each<[string, (credential: string) => string | undefined]>([
  ['missing', () => undefined],
  ['empty', () => ''],
  ['without its scheme', (credential) => credential.replace('Gangway-Service ', '')],
  ['under another scheme', (credential) => credential.replace('Gangway-Service', 'Bearer')],
  ['with two spaces', (credential) => credential.replace(' ', '  ')],
  ['with a word behind it', (credential) => `${credential} more`],
  ['with a part behind it', (credential) => `${credential}.more`],
  ['with another caller', (credential) => credential.replace('federated-auth', 'starship')],
  ['with another callee', (credential) => credential.replace('scoped-auth', 'flex-configuration')],
  ['with a later expiry', (credential) => credential.replace(/\.\d+\./, '.99999999999.')],
  ['with an expiry that is no number', (credential) => credential.replace(/\.\d+\./, '.never.')],
  ['without a MAC', (credential) => credential.replace(/[^.]+$/, '')],
  ['with a shorter MAC', (credential) => credential.slice(0, -4)],
  ['with another MAC', (credential) => credential.replace(/.{8}$/, 'AAAAAAAA')],
  ['long beyond reason', (credential) => credential.padEnd(300, '=')],
])('is refused %s', (_, alter) => {
  const { verify, credential } = parties();
  expect(verify(alter(credential), 'scoped-auth')).toBeUndefined();
});

it('is refused where it was signed with another secret, or for a caller that there is not', () => {
  const { clock, verify, issue } = parties();
  expect(verify(createCredentialIssuer('t'.repeat(32), clock)('starship', 'scoped-auth'), 'scoped-auth')).toBeUndefined();
  expect(verify(issue('backend' as 'starship', 'scoped-auth'), 'scoped-auth')).toBeUndefined();
});
