// The drawing keeps the order of the messages, and stays within its width from a telephone to a wide screen.

import type { Message } from '@gangway/contracts/contract';
import { expect, it } from 'vitest';
import { sentenceOf, wordsOf } from './message-words.ts';
import { layOut, type MeasureText, wrap } from './sequence-layout.ts';

const measure: MeasureText = (text, size) => text.length * (size === 'text' ? 7 : 6);

const refresh: readonly Message[] = [
  { from: 'customer', to: 'starship', kind: 'request', label: 'POST /v2/Webchat/Token/Refresh', fields: { token: '…' } },
  {
    from: 'starship',
    to: 'flex-webchat-orchestrator',
    kind: 'request',
    label: 'POST /v2/Webchat/Token/Refresh',
    fields: { deploymentKey: '…', token: '…', visitor: '…' },
  },
  {
    from: 'federated-auth',
    to: 'scoped-auth',
    kind: 'request',
    label: 'POST /v1/ScopedAuthTokens/generate/internal',
    fields: { accountSid: '…', deploymentSid: '…', grants: '…', ttl: '…', encrypt: 'true', fingerprint: '…', session: '…' },
  },
  { from: 'scoped-auth', to: 'scoped-auth', kind: 'step', label: 'Valid token and invalid fingerprint', fields: {} },
  {
    from: 'scoped-auth',
    to: 'federated-auth',
    kind: 'answer',
    label: '',
    fields: { authorized: 'false', message: 'fingerprint_validation_failed' },
  },
  {
    from: 'starship',
    to: 'customer',
    kind: 'answer',
    label: '',
    fields: { status: '403', code: 'invalid_fingerprint', valid: 'false' },
  },
];

it.each([296, 480, 640, 900, 1400])('keeps order and bounds at %i pixels', (width) => {
  const { messages, columns, height } = layOut(refresh, width, measure);
  expect(columns.map(({ letter }) => letter)).toEqual(['C', 'S', 'FWO', 'FAS', 'SAS', 'FC']);
  expect(messages.map(({ y }) => y)).toEqual(messages.map(({ y }) => y).toSorted((one, other) => one - other));
  for (const { texts, y } of messages) {
    expect(y).toBeLessThan(height);
    for (const { text, size, x, anchor } of texts) {
      const length = measure(text, size);
      const left = anchor === 'start' ? x : anchor === 'end' ? x - length : x - length / 2;
      expect(left).toBeGreaterThanOrEqual(0);
      expect(left + length).toBeLessThanOrEqual(width);
    }
  }
});

it('shows who was not asked', () => {
  const { columns } = layOut(refresh, 900, measure);
  expect(columns.filter(({ met }) => !met).map(({ letter }) => letter)).toEqual(['FC']);
});

it('colours what was refused, and nothing else', () => {
  expect(refresh.map((message) => wordsOf(message).refused)).toEqual([false, false, false, true, true, true]);
});

it('names verdicts by value, and the telling ones of many fields', () => {
  expect(
    refresh
      .slice(2)
      .map((message) => wordsOf(message, 4))
      .map(({ text, detail }) => `${text} | ${detail}`),
  ).toEqual([
    'POST /v1/ScopedAuthTokens/generate/internal | encrypt: true, fingerprint, grants and 4 more',
    'Valid token and invalid fingerprint | ',
    'fingerprint_validation_failed | authorized: false',
    '403 invalid_fingerprint | valid: false',
  ]);
});

it('says it all in words', () => {
  expect(refresh.map(sentenceOf)).toEqual([
    'Customer asks Starship: POST /v2/Webchat/Token/Refresh (token)',
    'Starship asks Flex Webchat Orchestrator: POST /v2/Webchat/Token/Refresh (deploymentKey, token, visitor)',
    'Federated Auth asks Scoped Auth: POST /v1/ScopedAuthTokens/generate/internal (accountSid, deploymentSid, grants, ttl, encrypt: true, fingerprint, session)',
    'Scoped Auth: Valid token and invalid fingerprint',
    'Scoped Auth answers Federated Auth: fingerprint_validation_failed (authorized: false)',
    'Starship answers Customer: 403 invalid_fingerprint (valid: false)',
  ]);
});

it('breaks a path after a slash, and loses no letter', () => {
  const text = 'POST /v1/ScopedAuthTokens/generate/internal';
  const lines = wrap(text, 200, (line) => line.length * 7);
  expect(lines).toEqual(['POST /v1/ScopedAuthTokens/', 'generate/internal']);
});
