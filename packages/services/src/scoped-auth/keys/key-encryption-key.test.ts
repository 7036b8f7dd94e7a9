// The key-encryption key: accepted in three spellings, kept in a file that only its owner reads, never shown.

import { randomBytes } from 'node:crypto';
import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { memoryRootKeyStore, testKeyRing } from '../testing/fixtures.ts';
import { openKeyEncryptionKey } from './key-encryption-key.ts';

const rootKey = randomBytes(32);

describe('GANGWAY_KEK', () => {
  const bytes = Buffer.from(`${'fb'.repeat(16)}${'ef'.repeat(16)}`, 'hex');
  const spellings = [
    bytes.toString('hex'),
    bytes.toString('hex').toUpperCase(),
    bytes.toString('base64'),
    bytes.toString('base64').replace('=', ''),
    bytes.toString('base64url'),
  ];

  test.each(spellings)('the same 32 bytes, written as %s', async (text) => {
    const wrapped = await openKeyEncryptionKey({ text: spellings[0], dataDirectory: undefined }).wrap('root', rootKey);
    const kek = openKeyEncryptionKey({ text, dataDirectory: '/nowhere' });
    expect(kek.source).toBe('GANGWAY_KEK');
    expect(await kek.unwrap('root', wrapped)).toEqual(rootKey);
    expect(await kek.unwrap('other', wrapped)).toBeUndefined();
  });

  test.each([
    '',
    'secret',
    'ab'.repeat(31),
    'ab'.repeat(33),
    `${'A'.repeat(42)}`,
    `${'A'.repeat(42)}!`,
    ` ${'A'.repeat(43)}`,
    `${'A'.repeat(43)}==`,
    'g'.repeat(64),
  ])('what is not 32 bytes (%j) is refused by name, and not shown', (text) => {
    const opening = () => openKeyEncryptionKey({ text, dataDirectory: undefined });
    expect(opening).toThrow(/^GANGWAY_KEK is not 32 bytes in base64url, base64 or hexadecimal/);
    if (text.length > 10) expect(opening).not.toThrow(text);
  });

  test('must be set where several nodes share the store', () => {
    expect(() => openKeyEncryptionKey({ text: undefined, dataDirectory: undefined })).toThrow(/set GANGWAY_KEK/);
  });
});

describe('the file', () => {
  let folder = '';
  const path = () => join(folder, 'kek');
  const kek = () => openKeyEncryptionKey({ text: undefined, dataDirectory: folder });

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'gangway-kek-'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  test('is made at the first use, for its owner alone, and leaves nothing else behind', async () => {
    const wrapped = await kek().wrap('root', rootKey);
    expect(statSync(path()).mode & 0o777).toBe(0o600);
    expect(readFileSync(path(), 'utf8')).toMatch(/^[\w-]{43}\n$/);
    expect(readdirSync(folder)).toEqual(['kek']);
    expect(kek().source).toBe(path());
    expect(await kek().unwrap('root', wrapped)).toEqual(rootKey);
  });

  test('is made whole, in a folder that is made for it', async () => {
    const nested = join(folder, 'data', 'node');
    await openKeyEncryptionKey({ text: undefined, dataDirectory: nested }).wrap('root', rootKey);
    expect(readdirSync(nested)).toEqual(['kek']);
    expect(statSync(nested).mode & 0o777).toBe(0o700);
  });

  test('stays the same over restarts', async () => {
    await kek().wrap('root', rootKey);
    const content = readFileSync(path(), 'utf8');
    await kek().wrap('root', rootKey);
    expect(readFileSync(path(), 'utf8')).toBe(content);
  });

  test.each([0o644, 0o640, 0o604, 0o620, 0o601, 0o777])(
    'is refused with mode %o, in one line that says what to do',
    async (mode) => {
      await kek().wrap('root', rootKey);
      chmodSync(path(), mode);
      await expect(kek().unwrap('root', '')).rejects.toThrow(
        new RegExp(`^${path()} may be used by others than its owner \\(mode ${mode.toString(8)}\\): run chmod 600 ${path()}$`),
      );
      chmodSync(path(), 0o600);
      expect(await kek().unwrap('root', '')).toBeUndefined();
    },
  );

  test('is refused when damaged, and not shown or replaced', async () => {
    writeFileSync(path(), 'half-a-secret', { mode: 0o600 });
    await expect(kek().wrap('root', rootKey)).rejects.toThrow(/kek is not 32 bytes/);
    await expect(kek().wrap('root', rootKey)).rejects.not.toThrow('half-a-secret');
    expect(readFileSync(path(), 'utf8')).toBe('half-a-secret');
  });

  test('that cannot be read is refused in one line', async () => {
    symlinkSync('kek', path());
    await expect(kek().unwrap('root', '')).rejects.toThrow(`${path()} cannot be read (ELOOP)`);
  });

  test('when lost, is not made anew over stored root keys', async () => {
    const store = memoryRootKeyStore();
    await testKeyRing({ store, kek: kek() });
    rmSync(path());
    await expect(testKeyRing({ store, kek: kek() })).rejects.toThrow(/kek is missing: put it back from your backup/);
    expect(readdirSync(folder)).toEqual([]);
  });

  test('of another node is refused, and both stay as they are', async () => {
    const store = memoryRootKeyStore();
    await testKeyRing({ store, kek: kek() });
    writeFileSync(path(), `${randomBytes(32).toString('base64url')}\n`);
    const content = readFileSync(path(), 'utf8');
    await expect(testKeyRing({ store, kek: kek() })).rejects.toThrow(path());
    expect(readFileSync(path(), 'utf8')).toBe(content);
  });
});
