// A page whose origin may not use a deployment: a widget author sees at once why, and what the operator must add.

import type { Browser, Frame, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { browsers } from './browsers.ts';
import { type Edge, startEdge } from './sdk/edge.ts';
import { type Site, startSite } from './sdk/site.ts';

let site: Site;
let edge: Edge<'here' | 'nowhere'>;
beforeAll(async () => {
  site = await startSite();
  edge = await startEdge({
    here: { allowedOrigins: [site.origin, 'null'] },
    nowhere: { allowedOrigins: ['https://shop.example'] },
  });
});
afterAll(async () => {
  site?.close();
  await edge?.close();
});

describe.each(browsers)('in $name', ({ launch }) => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await launch();
  });
  afterAll(() => browser?.close());

  async function open(): Promise<{ readonly page: Page; readonly errors: string[] }> {
    const page = await browser.newPage();
    onTestFinished(() => page.close());
    const errors: string[] = [];
    page.on(
      'console',
      (message) => message.type() === 'error' && message.text().startsWith('Gangway') && errors.push(message.text()),
    );
    await page.goto(site.origin);
    return { page, errors };
  }

  /** A frame of another kind than its page: sandboxed, so that it has no origin and no storage. */
  async function sandbox(page: Page): Promise<Frame> {
    await page.evaluate((script) => {
      const frame = document.createElement('iframe');
      frame.setAttribute('sandbox', 'allow-scripts');
      frame.srcdoc = `<script src="${script}"></script>`;
      const loaded = new Promise((resolve) => frame.addEventListener('load', resolve));
      document.body.append(frame);
      return loaded;
    }, `${site.origin}/gangway.js`);
    const frame = page.frames().find((each) => each !== page.mainFrame());
    if (frame === undefined) throw new Error('The page has no frame.');
    return frame;
  }

  /** Asks for a token three times, as an impatient widget does. */
  const askIn = (place: Page | Frame, deployment: 'here' | 'nowhere') =>
    place.evaluate(
      async (options) => {
        const session = window.Gangway.createWebchatSession(options);
        const codes: string[] = [];
        for (let time = 0; time < 3; time += 1) {
          codes.push(
            await session.getToken().then(
              () => 'done',
              (error) => error.code,
            ),
          );
        }
        return codes.join();
      },
      { url: edge.url, deploymentKey: edge.keys[deployment] },
    );

  it('the console names the origin, the deployment and what to add, once', async () => {
    const { page, errors } = await open();
    expect(await askIn(page, 'nowhere')).toBe('origin_not_allowed,origin_not_allowed,origin_not_allowed');
    await expect.poll(() => errors.length).toBe(1);
    const [said = ''] = errors;
    for (const word of [site.origin, edge.keys.nowhere, 'allowedOrigins']) expect(said).toContain(word);
    expect(said).not.toContain('shop.example');
  });

  it('an allowed origin is told nothing', async () => {
    const { page, errors } = await open();
    expect(await askIn(page, 'here')).toBe('done,done,done');
    expect(errors).toEqual([]);
  });

  it('a sandboxed frame is refused as null, though the page around it is allowed', async () => {
    const { page, errors } = await open();
    const frame = await sandbox(page);
    expect(
      await frame.evaluate(() => [
        origin,
        (() => {
          try {
            return typeof localStorage;
          } catch {
            return 'blocked';
          }
        })(),
      ]),
    ).toEqual(['null', 'blocked']);
    expect(await askIn(frame, 'nowhere')).toBe('origin_not_allowed,origin_not_allowed,origin_not_allowed');
    await expect.poll(() => errors.length).toBe(1);
    for (const word of ['null', edge.keys.nowhere, 'allowedOrigins']) expect(errors[0]).toContain(word);
  });

  it('a sandboxed frame is served where the operator lists null, from memory alone', async () => {
    const { page } = await open();
    expect(await askIn(await sandbox(page), 'here')).toBe('done,done,done');
  });
});
