// A trace shows who said what to whom, and of the content only what nobody has to hide.

import type { Message } from '@gangway/contracts/contract';
import { federatedAuth } from '@gangway/contracts/federated-auth';
import { Refusal } from '@gangway/contracts/refusals';
import { expect, it } from 'vitest';
import { operationLabel, shownFields, traced } from './trace.ts';

it('of a message it shows the names of the fields, and the values of verdicts and codes alone', () => {
  const content = {
    token: 'secret',
    fingerprint: 'c2lnbmFscw',
    absent: undefined,
    authorized: false,
    message: 'token_validation_failed',
    code: 'a free text with a secret in it',
    encrypt: true,
    status: 403,
    body: { valid: false, code: 'invalid_token', message: 'The token cannot be refreshed.' },
  };
  expect(shownFields(content)).toEqual({
    token: '…',
    fingerprint: '…',
    authorized: 'false',
    message: '…',
    code: 'invalid_token',
    encrypt: 'true',
    status: '403',
    valid: 'false',
  });
  expect([shownFields(undefined), shownFields(null), shownFields('text')]).toEqual([{}, {}, {}]);
});

it('an operation is labelled as the diagrams write it', () => {
  expect(operationLabel(federatedAuth.operations.refreshToken)).toBe('POST /v1/Accounts/ACXXXXX/Tokens/refresh');
});

it('a call leaves its request and its answer, a refused one its code, and none without a trace', async () => {
  const refusing = { createToken: async () => Promise.reject(new Refusal('overloaded')) };
  const answering = { refreshToken: async () => ({ valid: false, code: 'invalid_token', message: '', dpopNonce: '' }) as const };
  const silent = { endSession: async () => Promise.reject(new Error('nobody asked')) };
  const neighbour = traced('flex-webchat-orchestrator', federatedAuth, { ...refusing, ...answering, ...silent });
  const trace: Message[] = [];
  const input = { token: 'secret' } as Parameters<typeof neighbour.refreshToken>[0];
  await neighbour.refreshToken(input, { requestId: '1' });
  expect(trace).toEqual([]);
  await neighbour.refreshToken(input, { requestId: '1', trace });
  await expect(neighbour.createToken(input as never, { requestId: '1', trace })).rejects.toThrow(Refusal);
  const [to, from] = ['federated-auth', 'flex-webchat-orchestrator'];
  expect(trace).toMatchObject([
    { from, to, kind: 'request', label: 'POST /v1/Accounts/ACXXXXX/Tokens/refresh', fields: { token: '…' } },
    { from: to, to: from, kind: 'answer', label: '', fields: { valid: 'false', code: 'invalid_token' } },
    { from, to, kind: 'request', label: 'POST /v1/Accounts/ACXXXXX/Tokens' },
    { from: to, to: from, kind: 'answer', fields: { code: 'overloaded' } },
  ]);
  expect(JSON.stringify(trace)).not.toContain('secret');
});
