// What the client keeps in a browser, and what becomes of it where the browser does not let it: nothing before consent,
// nothing that is worth something elsewhere, and a chat that works all the same.

import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { browsers } from './browsers.ts';
import { type Edge, startEdge } from './sdk/edge.ts';
import { type Site, startSite } from './sdk/site.ts';
import { hold, kept, makeSession, outcome, stands, visit } from './sdk/visit.ts';

let site: Site;
let edge: Edge<'optional' | 'required' | 'off'>;
beforeAll(async () => {
  site = await startSite();
  edge = await startEdge({
    optional: { proofOfPossession: 'optional' },
    required: { proofOfPossession: 'required' },
    off: { proofOfPossession: 'off' },
  });
});
afterAll(async () => {
  site?.close();
  await edge?.close();
});

const asked = (deployment: 'optional' | 'required' | 'off') => ({ url: edge.url, deploymentKey: edge.keys[deployment] });
const bound = (page: Page) => page.evaluate(() => window.session.state.bound);

/** What browsers do to pages, each as an init script. */
const blocks = {
  'a localStorage that throws': () => {
    const refuse = () => {
      throw new DOMException('The operation is insecure.', 'SecurityError');
    };
    Object.defineProperty(window, 'localStorage', { get: refuse });
  },
  'a localStorage that is full': () => {
    for (let size = 5 * 2 ** 20; size >= 1; size = Math.floor(size / 2)) {
      try {
        localStorage.setItem(`full${size}`, 'x'.repeat(size));
      } catch {
        // That much is left no more.
      }
    }
  },
  'no localStorage': () => {
    Object.defineProperty(window, 'localStorage', { value: null });
  },
  'no IndexedDB': () => {
    Object.defineProperty(window, 'indexedDB', { value: undefined });
  },
  'an IndexedDB that throws': () => {
    IDBFactory.prototype.open = () => {
      throw new DOMException(
        'A mutation operation was attempted on a database that did not allow mutations.',
        'InvalidStateError',
      );
    };
  },
  'an IndexedDB that never answers': () => {
    IDBFactory.prototype.open = () => new EventTarget() as IDBOpenDBRequest;
  },
  'no WebCrypto': () => {
    Object.defineProperty(Crypto.prototype, 'subtle', { value: undefined });
  },
} as const;

describe.each(browsers)('in $name', ({ launch }) => {
  const plain = 'plain.example';
  let browser: Browser;
  beforeAll(async () => {
    browser = await launch([plain]);
  });
  afterAll(() => browser?.close());

  async function newVisitor(block?: keyof typeof blocks): Promise<BrowserContext> {
    const context = await browser.newContext();
    onTestFinished(() => context.close());
    if (block !== undefined) await context.addInitScript(blocks[block]);
    return context;
  }

  /** A session must begin, go on, and present its token. */
  async function expectAlive(page: Page): Promise<void> {
    const { identity, token } = await hold(page);
    expect(await outcome(page, 'refresh')).toBe('done');
    const next = await hold(page);
    expect([next.identity, next.token === token]).toEqual([identity, false]);
  }

  describe.each(['a localStorage that throws', 'a localStorage that is full', 'no localStorage'] as const)('%s', (block) => {
    it.each(['off', 'required'] as const)('the session lives in memory (proofs: %s)', async (deployment) => {
      const page = await visit(await newVisitor(block), site, asked(deployment));
      await expectAlive(page);
      expect(await bound(page)).toBe(deployment === 'required');
    });
  });

  describe.each(['no IndexedDB', 'an IndexedDB that throws', 'no WebCrypto'] as const)('%s', (block) => {
    it('the session is bound by signals alone where the deployment lets it', async () => {
      const page = await visit(await newVisitor(block), site, asked('optional'));
      await expectAlive(page);
      expect(await bound(page)).toBe(false);
    });

    it('a deployment that requires a proof says so', async () => {
      const page = await visit(await newVisitor(block), site, asked('required'));
      expect(await outcome(page, 'getToken')).toBe('proof_unavailable');
      expect(await page.evaluate(() => window.session.state.error?.message)).toMatch(/requires a proof/);
      await stands(page, 'refused');
    });
  });

  it('an IndexedDB that never answers holds the chat up for two seconds, not for ever', async () => {
    const context = await newVisitor('an IndexedDB that never answers');
    await context.clock.install();
    const page = await visit(context, site, asked('optional'));
    const holding = hold(page);
    await page.clock.runFor(2500);
    expect((await holding).identity).toBeTypeOf('string');
    expect(await bound(page)).toBe(false);
  });

  it('a page without https has neither WebCrypto nor Web Locks, and a chat', async () => {
    const page = await (await newVisitor()).newPage();
    await page.goto(`http://${plain}:${site.port}/`);
    expect(await page.evaluate(() => [isSecureContext, 'subtle' in crypto, 'locks' in navigator])).toEqual([false, false, false]);
    await makeSession(page, asked('optional'));
    await expectAlive(page);
    expect(await bound(page)).toBe(false);
  });

  it('the build without proofs is for deployments that require none', async () => {
    const page = await visit(await newVisitor(), site, asked('optional'), '/without-proof');
    await expectAlive(page);
    await makeSession(page, asked('required'));
    expect(await outcome(page, 'getToken')).toBe('proof_unavailable');
  });

  it('the proof key cannot be taken out of the browser', async () => {
    const page = await visit(await newVisitor(), site, asked('required'));
    await hold(page);
    const tried = await page.evaluate(async () => {
      const asPromise = <Value>(request: IDBRequest<Value>) =>
        new Promise<Value>((resolve, reject) => {
          request.onsuccess = () => resolve(request.result);
          request.onerror = () => reject(request.error);
        });
      const found: CryptoKey[] = [];
      const collect = (value: unknown) => {
        if (value instanceof CryptoKey) found.push(value);
        else if (typeof value === 'object' && value !== null) for (const inner of Object.values(value)) collect(inner);
      };
      for (const { name } of await indexedDB.databases()) {
        const database = await asPromise(indexedDB.open(name ?? ''));
        for (const store of database.objectStoreNames) {
          collect(await asPromise(database.transaction(store).objectStore(store).getAll()));
        }
        database.close();
      }
      const secret = found.filter(({ type }) => type === 'private');
      const formats = ['jwk', 'pkcs8', 'raw'] as const;
      const exported = await Promise.all(
        secret.flatMap((key) =>
          formats.map((format) =>
            crypto.subtle.exportKey(format, key).then(
              () => true,
              () => false,
            ),
          ),
        ),
      );
      return { keys: secret.length, extractable: secret.some((key) => key.extractable), exported: exported.some(Boolean) };
    });
    expect(tried).toEqual({ keys: 1, extractable: false, exported: false });
  });

  it('a thief of the localStorage alone has nothing', async () => {
    const victim = await visit(await newVisitor(), site, asked('required'));
    const { token, identity } = await hold(victim);
    const { items } = await kept(victim);
    expect(JSON.stringify(items)).toContain(token);

    const thief = await (await newVisitor()).newPage();
    await thief.goto(site.origin);
    await thief.evaluate((stolen) => {
      for (const [name, value] of Object.entries(stolen)) localStorage.setItem(name, value);
    }, items);
    await makeSession(thief, asked('required'));
    expect(await outcome(thief, 'refresh')).toBe('proof_key_lost');
    const before = await edge.granted('refresh');
    const raw = await thief.evaluate(
      async ({ url, deploymentKey, stolen }) => {
        const headers = {
          'content-type': 'application/json',
          'x-webchat-sec-usersettings': '{}',
          'x-webchat-sec-webchatinfo': '{}',
          'x-webchat-sec-decoders': '{}',
        };
        const body = JSON.stringify({ deploymentKey, token: stolen });
        return (await fetch(`${url}/v2/Webchat/Token/Refresh`, { method: 'POST', headers, body })).status;
      },
      { ...asked('required'), stolen: token },
    );
    expect([raw, await edge.granted('refresh')]).toEqual([401, before]);

    expect(await outcome(victim, 'refresh')).toBe('done');
    expect((await hold(victim)).identity).toBe(identity);
  });

  it('before the visitor agrees nothing is sent, stored or made; afterwards the chat begins', async () => {
    const context = await newVisitor();
    const page = await context.newPage();
    const sent: string[] = [];
    context.on('request', (request) => request.url().startsWith(edge.url) && sent.push(request.url()));
    await page.goto(site.origin);
    await page.evaluate((options) => {
      const consent = () => document.title === 'agreed';
      window.session = window.Gangway.createWebchatSession({ ...options, consent });
    }, asked('required'));
    for (const call of ['getToken', 'refresh', 'startAnew', 'end'] as const) {
      expect(await outcome(page, call)).toBe('consent_required');
    }
    await page.evaluate(() => {
      window.dispatchEvent(new Event('focus'));
      window.dispatchEvent(new Event('online'));
    });
    expect([sent, await kept(page)]).toEqual([[], { items: {}, databases: [] }]);

    await page.evaluate(() => {
      document.title = 'agreed';
    });
    expect((await hold(page)).identity).toBeTypeOf('string');
    const { items, databases } = await kept(page);
    expect([sent.length > 0, Object.keys(items).length > 0, databases.length]).toEqual([true, true, 1]);
  });

  it('the end of a session is its end in every tab, and leaves no token behind', async () => {
    const context = await newVisitor();
    const [one, other] = [await visit(context, site, asked('required')), await visit(context, site, asked('required'))];
    const [{ token }] = [await hold(one), await hold(other)];
    expect(await outcome(one, 'end')).toBe('done');
    await stands(other, 'ended');
    expect(await outcome(other, 'getToken')).toBe('session_ended');
    expect(JSON.stringify(await kept(one))).not.toContain(token);
    expect(await outcome(other, 'startAnew')).toBe('done');
    expect((await hold(one)).identity).toBe((await hold(other)).identity);
  });
});
