// What every store of revocations has to do: one suite, run over each.

import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Revocation } from '../revocation.ts';
import type { RevocationStore } from '../revocation-store.ts';

/** A store under test, over data that outlive it. */
export interface OpenStore {
  readonly store: RevocationStore;
  close(): Promise<void>;
}

const nowMs = Date.UTC(2030, 0, 1);

const session: Revocation = {
  kind: 'session',
  subject: '0d5b1c9e-0c3e-4e8e-b8a6-2b1d3c4e5f33',
  reason: 'stolen',
  createdAtMs: nowMs,
  expiresAtMs: nowMs + 86_400_000,
  madeBy: 'operator',
};
const account: Revocation = { ...session, kind: 'account', subject: `AC${'1'.repeat(32)}` };

/** Runs the suite. `open` opens the same data again each time within a test, and new ones for each test. */
export function testRevocationStore(name: string, open: () => Promise<OpenStore>): void {
  describe(name, () => {
    let opened: OpenStore;
    let store: RevocationStore;
    const reopen = async () => {
      opened = await open();
      store = opened.store;
    };
    const read = async (sequence: number, limit: number) => (await store.after(sequence, limit)).entries;
    beforeEach(reopen);
    afterEach(() => opened.close());

    test('an empty store has no entries, and its sequence is 0', async () => {
      expect(await store.newest()).toBe(0);
      expect(await read(0, 10)).toEqual([]);
      await store.add([]);
      expect(await store.newest()).toBe(0);
    });

    test('a revocation is read as it was written, also after the store was closed', async () => {
      await store.add([session, account]);
      await opened.close();
      await reopen();
      expect(await read(0, 10)).toEqual([
        { ...session, sequence: 1 },
        { ...account, sequence: 2 },
      ]);
    });

    test('the feed gives what came after a sequence, in order, and no more than asked for', async () => {
      const subjects = Array.from({ length: 25 }, (_, number) => session.subject.replace('33', String(10 + number)));
      for (const subject of subjects) await store.add([{ ...session, subject }]);
      const pages = [await read(0, 10), await read(10, 10), await read(20, 10), await read(25, 10)];
      expect(pages.map(({ length }) => length)).toEqual([10, 10, 5, 0]);
      const all = pages.flat();
      expect(all.map(({ subject }) => subject)).toEqual(subjects);
      expect(all.at(-1)?.sequence).toBe(await store.newest());
    });

    test('a repeated revocation of a session keeps the first, extends its expiry, and appears in the feed again', async () => {
      await store.add([session]);
      const heard = await store.newest();
      const again = { ...session, reason: 'again', madeBy: 'another', createdAtMs: nowMs + 1000 };
      await store.add([{ ...again, expiresAtMs: session.expiresAtMs + 5000 }]);
      const [entry, ...others] = await read(0, 10);
      expect(entry).toEqual({ ...session, expiresAtMs: session.expiresAtMs + 5000, sequence: entry?.sequence });
      expect(entry?.sequence).toBeGreaterThan(heard);
      expect(others).toEqual([]);
    });

    test('a repeated revocation that changes nothing is not heard of again', async () => {
      await store.add([session]);
      await store.add([{ ...session, reason: 'again', createdAtMs: nowMs + 1000, expiresAtMs: session.expiresAtMs - 5000 }]);
      expect(await read(1, 10)).toEqual([]);
      expect(await read(0, 10)).toEqual([{ ...session, sequence: 1 }]);
    });

    test('a repeated revocation of an account ends more, and takes the place of the first', async () => {
      await store.add([account]);
      const again = { ...account, reason: 'again', madeBy: 'another', createdAtMs: nowMs + 1000, expiresAtMs: nowMs + 5000 };
      await store.add([again]);
      expect(await read(1, 10)).toMatchObject([{ ...again, expiresAtMs: account.expiresAtMs }]);
    });

    test('of two revocations of an account the later stands, whichever was written first', async () => {
      await store.add([{ ...account, reason: 'later', createdAtMs: nowMs + 1000 }]);
      await store.add([{ ...account, expiresAtMs: account.expiresAtMs + 5000 }]);
      expect(await read(0, 10)).toMatchObject([
        { reason: 'later', createdAtMs: nowMs + 1000, expiresAtMs: account.expiresAtMs + 5000 },
      ]);
    });

    test('one subject may be written twice at once, and two kinds may have one subject', async () => {
      await store.add([session, session, { ...session, kind: 'identity' }]);
      expect((await read(0, 10)).map(({ kind }) => kind)).toEqual(['session', 'identity']);
    });

    test('revocations that are written at once all get a place of their own', async () => {
      const subjects = Array.from({ length: 40 }, (_, number) => session.subject.replace('33', String(10 + number)));
      await Promise.all(subjects.map((subject) => store.add([{ ...session, subject }])));
      const entries = await read(0, 100);
      expect(new Set(entries.map(({ sequence }) => sequence)).size).toBe(40);
      expect(new Set(entries.map(({ subject }) => subject))).toEqual(new Set(subjects));
    });

    test('what has expired is forgotten, a bounded number at a time, and no sequence is given out twice', async () => {
      const expired = Array.from({ length: 5 }, (_, number) => ({
        ...session,
        subject: session.subject.replace('33', String(10 + number)),
        expiresAtMs: nowMs,
      }));
      await store.add([session, ...expired]);
      expect([await store.prune(nowMs, 3), await store.prune(nowMs, 3), await store.prune(nowMs, 3)]).toEqual([3, 2, 0]);
      expect(await read(0, 10)).toEqual([{ ...session, sequence: 1 }]);
      expect(await store.newest()).toBe(6);
      await store.add([account]);
      expect(await read(6, 10)).toEqual([{ ...account, sequence: 7 }]);
    });
  });
}
