// How the key-encryption key is found, and replaced by another: the ways that an operator has.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { migrate, openSqlite } from '../platform/database.ts';
import { recordedLog } from '../platform/testing/recorded-log.ts';
import { openScopedAuth, type ScopedAuthGround, type ScopedAuthTables, scopedAuthMigrations } from './open-scoped-auth.ts';
import { fakeClock, startSeconds } from './testing/fixtures.ts';

const formerKek = '11'.repeat(32);

/** An adapter as an operator writes one: here the "service" is a key that stands in the module. */
const provider = `
import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
const key = Buffer.alloc(32, 7);
export default {
  source: 'kms/gangway',
  async wrap(rootId, rootKey) {
    const iv = randomBytes(12);
    const cipher = createCipheriv('aes-256-gcm', key, iv).setAAD(Buffer.from(rootId));
    return Buffer.concat([iv, cipher.update(rootKey), cipher.final(), cipher.getAuthTag()]).toString('base64');
  },
  async unwrap(rootId, wrapped) {
    const bytes = Buffer.from(wrapped, 'base64');
    const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(0, 12)).setAAD(Buffer.from(rootId));
    decipher.setAuthTag(bytes.subarray(-16));
    try {
      return Buffer.concat([decipher.update(bytes.subarray(12, -16)), decipher.final()]);
    } catch {
      return undefined;
    }
  },
};
`;

async function setUp() {
  const dataFolder = mkdtempSync(join(tmpdir(), 'gangway-kek-'));
  const database = openSqlite<ScopedAuthTables>(dataFolder);
  onTestFinished(async () => {
    await database.close();
    rmSync(dataFolder, { recursive: true });
  });
  await migrate(database, scopedAuthMigrations);
  const module = (name: string, text: string) => {
    const file = join(dataFolder, name);
    writeFileSync(file, text);
    return file;
  };
  const open = (keys: Partial<ScopedAuthGround>) =>
    openScopedAuth({
      database: database.queries,
      dataFolder,
      kek: undefined,
      formerKek: undefined,
      revocationAgeSecondsMax: undefined,
      clock: fakeClock(),
      clockLeewaySeconds: 60,
      log: recordedLog().log,
      ...keys,
    });
  return { module, open };
}

const context = { requestId: 'test' };
const request = {
  accountSid: `AC${'1'.repeat(32)}`,
  deploymentSid: `DP${'2'.repeat(32)}`,
  grants: [{ grant: 'chat' }],
  ttl: 1800,
  encrypt: true,
  session: { id: crypto.randomUUID(), startedAt: startSeconds, generation: 0 },
  refreshableUntil: startSeconds + 7200,
  absoluteEnd: startSeconds + 86_400,
};

test('a key management service wraps the root keys in place of a key of ours, and takes over from one', async () => {
  const { module, open } = await setUp();
  const kekProvider = module('kms.mjs', provider);
  const before = await open({ kek: formerKek });
  const { token } = await before.scopedAuth.generate(request, context);

  const after = await open({ kekProvider, formerKek });
  expect(await after.scopedAuth.validate({ token }, context)).toMatchObject({ authorized: true });
  const again = await open({ kekProvider });
  expect(await again.scopedAuth.validate({ token }, context)).toMatchObject({ authorized: true });
  await expect(open({ kek: formerKek })).rejects.toThrow('GANGWAY_KEK) is not the one');
});

test('what cannot wrap is refused by name, and so are two keys at once', async () => {
  const { module, open } = await setUp();
  await expect(open({ kekProvider: module('none.mjs', 'export default { wrap() {} };') })).rejects.toThrow(
    /^GANGWAY_KEK_PROVIDER: the default export of .* is not a key-encryption key, which has wrap, unwrap\.$/,
  );
  await expect(open({ kekProvider: module('broken.mjs', 'export default {') })).rejects.toThrow(/cannot be loaded/);
  await expect(open({ kekProvider: module('kms.mjs', provider), kek: formerKek })).rejects.toThrow('Take one away');
});
