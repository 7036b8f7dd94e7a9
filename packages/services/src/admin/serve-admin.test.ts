// The admin port: health and figures for whoever reaches it, an operator's work for whoever knows the token of this run.

import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Interface } from '@gangway/contracts/contract';
import type { operator } from '@gangway/contracts/operator';
import { expect, onTestFinished, test } from 'vitest';
import { createListener } from '../platform/listener.ts';
import { createMetrics } from '../platform/metrics.ts';
import { recordedLog } from '../platform/testing/recorded-log.ts';
import { createAdminToken, readAdminToken, removeAdminToken, verifyAdminToken } from './admin-token.ts';
import { serveAdmin } from './serve-admin.ts';

function folder(): string {
  const made = mkdtempSync(join(tmpdir(), 'gangway-'));
  onTestFinished(() => rmSync(made, { recursive: true }));
  return made;
}

/** Operations of which only one is ever asked for. */
function recordedOperations() {
  const revoked: object[] = [];
  const operations = {
    async revoke(revocation: object) {
      revoked.push(revocation);
      return { revoked: true };
    },
  } as unknown as Interface<typeof operator>;
  return { operations, revoked };
}

function adminPort(operations: Interface<typeof operator> | undefined, isReady = true) {
  const listener = createListener({ log: recordedLog().log });
  serveAdmin(listener, { metrics: createMetrics(), ready: () => isReady, operations, token: 'the token of this run' });
  onTestFinished(() => listener.close());
  return listener;
}

const revocation = { kind: 'account', subject: `AC${'1'.repeat(32)}`, reason: 'a test' };
const ask = (authorization?: string) => ({
  method: 'POST' as const,
  url: '/v1/Revocations',
  payload: revocation,
  headers: authorization === undefined ? {} : { authorization },
});

test('an operator who knows the token is served; nobody else is, and nothing is done for them', async () => {
  const { operations, revoked } = recordedOperations();
  const listener = adminPort(operations);
  for (const authorization of [undefined, '', 'the token of this run', 'Bearer the token of this ru', 'Bearer another token']) {
    const { statusCode, json } = await listener.inject(ask(authorization));
    expect([authorization, statusCode, json().code]).toEqual([authorization, 403, 'caller_not_allowed']);
  }
  expect(revoked).toEqual([]);
  expect((await listener.inject(ask('Bearer the token of this run'))).json()).toEqual({ revoked: true });
  expect(revoked).toEqual([revocation]);
});

test('without Scoped Auth in the process there is nothing to operate', async () => {
  const { statusCode, json } = await adminPort(undefined).inject(ask('Bearer the token of this run'));
  expect([statusCode, json().code]).toEqual([404, 'not_found']);
});

test('health and figures need no token', async () => {
  const ready = adminPort(undefined);
  expect((await ready.inject('/health/live')).json()).toEqual({ status: 'live' });
  expect((await ready.inject('/health/ready')).json()).toEqual({ status: 'ready' });
  const metrics = await ready.inject('/metrics');
  expect(metrics.headers['content-type']).toMatch(/^text\/plain; version=0\.0\.4/);
  expect(metrics.body).toContain('gangway_answers_total');
  const stopping = await adminPort(undefined, false).inject('/health/ready');
  expect([stopping.statusCode, stopping.json()]).toEqual([503, { status: 'stopping' }]);
});

test('the token is random, for its user alone, read back as written, and gone when it is removed', () => {
  const dataFolder = folder();
  const token = createAdminToken(dataFolder);
  expect(token).toMatch(/^[\w-]{43}$/);
  expect(statSync(join(dataFolder, 'admin.token')).mode & 0o777).toBe(0o600);
  expect(readAdminToken(dataFolder)).toBe(token);
  expect(createAdminToken(dataFolder)).not.toBe(token);
  expect(readFileSync(join(dataFolder, 'admin.token'), 'utf8')).not.toContain(token);
  removeAdminToken(dataFolder);
  expect(() => readAdminToken(dataFolder)).toThrow(/^No node runs on the data folder /);
  removeAdminToken(dataFolder);
});

test('the token admits an operator and no service', () => {
  const verify = verifyAdminToken('secret');
  expect(verify('Bearer secret', 'scoped-auth')).toBe('operator');
  for (const other of [
    undefined,
    '',
    'secret',
    'bearer secret',
    'Bearer Secret',
    'Bearer secret ',
    ' Bearer secret',
    'Bearer ',
  ]) {
    expect(verify(other, 'scoped-auth')).toBeUndefined();
  }
});
