// The widget to those whom chats often forget: no mouse, a screen reader, weak eyes, a small screen, a high contrast theme.

import type { Browser, BrowserContextOptions } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { launchBrowser } from '../browser/launch.ts';
import { type ChatSite, type ChatTab, openTab, startChatSite } from './chat-site.ts';

let browser: Browser;
let site: ChatSite;
beforeAll(async () => {
  [browser, site] = await Promise.all([launchBrowser(), startChatSite()]);
});
afterAll(async () => {
  await browser?.close();
  await site?.close();
});

/** A chat in which everything is to be seen that there is: both sides, what was not sent, what was refused, and the end. */
async function openEverything(options: BrowserContextOptions): Promise<ChatTab> {
  const tab = await openTab(browser, site, options);
  await tab.open();
  await tab.say('help');
  await expect.poll(async () => (await tab.conversation()).length).toBe(3);
  await tab.page.context().setOffline(true);
  await tab.say('Not sent');
  await expect.poll(() => tab.panel.getByRole('button', { name: 'Send again' }).count()).toBe(1);
  return tab;
}

async function endChat(tab: ChatTab): Promise<void> {
  await tab.page.context().setOffline(false);
  await expect.poll(tab.status).toBe('Connected');
  await tab.page.locator('#end').evaluate((end: HTMLElement) => end.click());
  await expect.poll(tab.status).toBe('This chat is over');
}

/** What has the focus, as a screen reader names it; the empty text where nothing has. */
const focused = ({ page }: ChatTab) =>
  page.evaluate(() => {
    const host = document.activeElement;
    const element = host?.shadowRoot?.activeElement ?? host;
    const label = element instanceof HTMLTextAreaElement ? element.labels[0]?.textContent : element?.textContent;
    return element === document.body ? '' : (element?.getAttribute('aria-label') ?? label ?? '');
  });

describe('by keyboard alone', () => {
  it('opens, speaks, closes, and the focus goes back to where it came from', async () => {
    const tab = await openTab(browser, site, {});
    const { page, panel } = tab;
    await page.keyboard.press('Tab');
    expect(await focused(tab)).toBe('End this chat');
    await page.keyboard.press('Tab');
    expect(await focused(tab)).toBe('Open the chat');
    await page.keyboard.press('Enter');
    expect(await focused(tab)).toBe('Your message');
    await expect.poll(tab.status).toBe('Connected');

    await page.keyboard.type('one');
    await page.keyboard.press('Shift+Enter');
    await page.keyboard.type('two');
    expect(await panel.getByRole('textbox').inputValue()).toBe('one\ntwo');
    await page.keyboard.press('Enter');
    expect(await panel.getByRole('textbox').inputValue()).toBe('');
    await expect.poll(tab.conversation).toContain('You: one\ntwo');

    await page.keyboard.press('Enter');
    await page.keyboard.type('   ');
    await page.keyboard.press('Enter');
    await page.keyboard.press('Escape');
    expect(await panel.isVisible()).toBe(false);
    expect(await focused(tab)).toBe('Open the chat');
    await page.keyboard.press('Enter');
    expect((await tab.conversation()).filter((line) => line.startsWith('You:'))).toHaveLength(1);
  });

  it('a reload leaves the chat open, and the focus to the page', async () => {
    const tab = await openTab(browser, site, {});
    await tab.open();
    await tab.page.reload();
    await expect.poll(tab.status).toBe('Connected');
    expect(await focused(tab)).toBe('');
    await tab.panel.getByRole('textbox').focus();
    await tab.page.keyboard.press('Escape');
    expect(await tab.panel.isVisible()).toBe(false);
    expect(await focused(tab)).toBe('Open the chat');
  });

  it('reaches everything, in the order in which it is seen, and the focus can be seen', async () => {
    const tab = await openEverything({});
    const reached: string[] = [];
    await tab.panel.getByRole('button', { name: 'Close the chat' }).focus();
    for (let step = 0; step < 8; step += 1) {
      reached.push(await focused(tab));
      const outline = await tab.page.evaluate(() => {
        const element = document.activeElement?.shadowRoot?.activeElement;
        return element ? getComputedStyle(element).outlineStyle : 'none';
      });
      expect([reached.at(-1), outline]).toEqual([reached.at(-1), 'solid']);
      await tab.page.keyboard.press('Tab');
    }
    expect(reached).toEqual([
      ...['Close the chat', 'Conversation', 'Send again', 'Discard'],
      ...['Who am I?', 'How long?', 'What is on board?', 'Your message'],
    ]);
  });

  it('on a narrow screen nothing behind the sheet is reached', async () => {
    const tab = await openTab(browser, site, { viewport: { width: 360, height: 740 } });
    await tab.open();
    const reached = new Set<string>();
    for (let step = 0; step < 15; step += 1) {
      await tab.page.keyboard.press('Tab');
      reached.add(await focused(tab));
    }
    expect(reached).toContain('Close the chat');
    expect(reached).toContain('Send');
    expect(reached).not.toContain('End this chat');
    expect(reached).not.toContain('Open the chat');
    await tab.page.keyboard.press('Escape');
    expect(await focused(tab)).toBe('Open the chat');
  });
});

describe('to a screen reader', () => {
  it('everything has a role and a name', async () => {
    const tab = await openEverything({});
    await expect(tab.page.locator('#chat').ariaSnapshot()).resolves.toBe(
      [
        '- button "Open the chat" [expanded]',
        '- dialog "Chat with the purser":',
        '  - banner:',
        '    - heading "Chat with the purser" [level=2]',
        '    - status: You are offline. What you write is kept.',
        '    - button "Close the chat"',
        '  - log "Conversation":',
        '    - list:',
        ...(await tab.page.locator('#chat').ariaSnapshot()).split('\n').filter((line) => /^ {6}/.test(line)),
        '  - group "Questions to ask":',
        '    - button "Who am I?"',
        '    - button "How long?"',
        '    - button "What is on board?"',
        '  - text: Your message',
        '  - textbox "Your message"',
        '  - button "Send"',
        '  - paragraph: Enter sends, Shift+Enter begins a new line.',
      ].join('\n'),
    );
    expect(await tab.panel.getByRole('listitem').count()).toBe(4);
    expect(await tab.page.getByRole('button', { name: /^$/ }).count()).toBe(0);
    expect(await tab.panel.getByRole('textbox').evaluate((field) => field.getAttribute('aria-describedby'))).toBe('hint');
  });

  it('what is said is announced, and what was there before is not; of what became of it, only a failure', async () => {
    const tab = await openTab(browser, site, {});
    const live = () => tab.panel.getByRole('log').getAttribute('aria-live');
    await tab.open();
    expect(await live()).toBe('off');
    await tab.say('Ahoy!');
    await expect.poll(async () => (await tab.conversation()).length).toBe(3);
    expect(await live()).toBe('polite');
    const feet = () =>
      tab.panel.locator('.foot').evaluateAll((all) => all.map((foot) => `${foot.getAttribute('aria-live')} ${foot.textContent}`));
    expect(await feet()).toEqual(Array(3).fill(expect.stringMatching(/^off \d/)));
    await tab.page.context().setOffline(true);
    await tab.say('Anybody?');
    await expect.poll(async () => (await feet()).at(-1)).toMatch(/^polite Not sent yet/);
  });

  it('a line that is lost is announced once, not at every try', async () => {
    const tab = await openTab(browser, site, { prepare: (page) => page.clock.install() });
    await tab.open();
    await tab.panel.getByRole('status').evaluate((status) => {
      const heard: string[] = [];
      Object.assign(globalThis, { heard });
      new MutationObserver(() => heard.push(status.textContent ?? '')).observe(status, { childList: true, subtree: true });
    });
    await site.stop();
    for (let time = 0; time < 4; time += 1) await tab.page.clock.fastForward(30_000);
    await site.start();
    await tab.page.clock.fastForward(30_000);
    await expect.poll(tab.status).toBe('Connected');
    const { heard } = await tab.page.evaluate(() => ({ heard: (globalThis as unknown as { heard: string[] }).heard }));
    expect(heard).toEqual(['Connection lost. Trying again…', 'Connected']);
  });

  it('a closed chat counts what it has not shown, in words', async () => {
    const here = await openTab(browser, site, {});
    await here.open();
    const there = await openTab(browser, site, { beside: here });
    await there.open();
    await there.page.keyboard.press('Escape');
    await here.say('Ahoy!');
    await expect
      .poll(() => there.page.locator('#chat').getByRole('button').first().getAttribute('aria-label'))
      .toBe('Open the chat: 1 new message');
    await there.open();
    expect(await there.page.locator('#chat .badge').isVisible()).toBe(false);
  });
});

describe.each(['light', 'dark'] as const)('in the %s scheme', (colorScheme) => {
  it('every text has a contrast of 4.5, every edge that matters 3 (WCAG 2.2, 1.4.3 and 1.4.11)', async () => {
    const tab = await openEverything({ colorScheme });
    expect(await contrasts(tab)).toSatisfy(isEnough);
    await endChat(tab);
    expect(await contrasts(tab)).toSatisfy(isEnough);
    expect((await contrasts(tab)).some(({ name }) => name.includes('You have ended this chat'))).toBe(true);

    await tab.panel.locator('h2').evaluate((title: HTMLElement) => {
      title.style.color = 'gray';
    });
    expect(await contrasts(tab)).not.toSatisfy(isEnough);
  });
});

it.each([
  ['a phone', { width: 360, height: 740 }],
  ['the narrowest window (WCAG 1.4.10)', { width: 320, height: 256 }],
  ['a laptop at 200 %', { width: 640, height: 400 }],
  ['a laptop', { width: 1280, height: 800 }],
])('on %s nothing is cut off, and everything can be hit (WCAG 2.5.8)', async (_, viewport) => {
  const tab = await openEverything({ viewport });
  const { width, height } = viewport;
  const boxes = await tab.panel.evaluate((panel) =>
    [panel, ...panel.querySelectorAll('button, textarea, header, form, [role=log]')]
      .filter((element) => element.checkVisibility())
      .map((element) => {
        const { left, right, top, bottom } = element.getBoundingClientRect();
        const isTarget = element.matches('button, textarea');
        const scrolls = element.closest('[role=log]') !== null && !element.matches('[role=log]');
        return { what: element.className || element.tagName, left, right, top, bottom, isTarget, scrolls };
      }),
  );
  expect(boxes.length).toBeGreaterThan(6);
  for (const { what, left, right, top, bottom, isTarget, scrolls } of boxes) {
    expect([what, left >= 0 && right <= width]).toEqual([what, true]);
    if (!scrolls) expect([what, top >= 0 && bottom <= height]).toEqual([what, true]);
    if (isTarget) expect([what, right - left >= 24 && bottom - top >= 24]).toEqual([what, true]);
  }
  expect(await tab.page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(width);
  expect(await tab.panel.getByRole('log').evaluate((log) => log.scrollWidth <= log.clientWidth && log.clientHeight >= 60)).toBe(
    true,
  );
  if (width <= 480) expect(await tab.panel.boundingBox()).toEqual({ x: 0, y: 0, width, height });
});

it('moves nothing for those who asked for stillness, and something for others', async () => {
  const animations = async (reducedMotion: 'reduce' | 'no-preference') => {
    const tab = await openTab(browser, site, { reducedMotion });
    await tab.open();
    return tab.panel.evaluate((panel) => getComputedStyle(panel).animationName);
  };
  expect(await animations('reduce')).toBe('none');
  expect(await animations('no-preference')).toBe('rise');
});

it('in forced colours bubbles, launcher and buttons have an edge', async () => {
  const tab = await openEverything({ forcedColors: 'active' });
  const edges = await tab.page
    .locator('#chat')
    .evaluate((host) =>
      [...(host.shadowRoot?.querySelectorAll('.text, .launcher, .close, .primary, .suggestion, textarea') ?? [])]
        .filter((element) => element.checkVisibility())
        .map((element) => getComputedStyle(element).borderTopStyle),
    );
  expect(edges.length).toBeGreaterThan(8);
  expect(edges).not.toContain('none');
});

it('the styles of the page do not get in, its custom properties do', async () => {
  const tab = await openTab(browser, site, {});
  await tab.open();
  const background = () => tab.panel.evaluate((panel) => getComputedStyle(panel).backgroundColor);
  await tab.page.evaluate(() => {
    const sheet = new CSSStyleSheet();
    sheet.replaceSync('dialog, button, p { background: rgb(255 0 0) !important; }');
    document.adoptedStyleSheets = [sheet];
  });
  expect(await background()).toBe('rgb(255, 255, 255)');
  await tab.page.evaluate(() =>
    document.querySelector<HTMLElement>('#chat')?.style.setProperty('--gangway-chat-ground', '#fffbe6'),
  );
  expect(await background()).toBe('rgb(255, 251, 230)');
});

interface Contrast {
  readonly name: string;
  readonly ratio: number;
  readonly least: number;
}

const isEnough = (found: readonly Contrast[]) => found.length > 10 && found.every(({ ratio, least }) => ratio >= least);

/** What is to be seen in the panel, with its contrast to what lies behind. Of the head, the lightest part counts for all of it. */
function contrasts(tab: ChatTab): Promise<Contrast[]> {
  return tab.panel.evaluate((panel) => {
    const channels = (colour: string) => (colour.match(/[\d.]+/g) ?? []).map(Number);
    const luminance = (colour: string) => {
      const [red = 0, green = 0, blue = 0] = channels(colour).map((channel) => {
        const share = channel / 255;
        return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
      });
      return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
    };
    const ratioOf = (one: string, other: string) => {
      const [darker = 0, lighter = 0] = [luminance(one), luminance(other)].sort((a, b) => a - b);
      return (lighter + 0.05) / (darker + 0.05);
    };
    const behind = (element: Element | null): string => {
      if (element === null) return 'rgb(255, 255, 255)';
      if (element.matches('.head')) return 'rgb(14, 70, 86)';
      const { backgroundColor } = getComputedStyle(element);
      return channels(backgroundColor)[3] === 0 ? behind(element.parentElement) : backgroundColor;
    };
    const seen = [...panel.querySelectorAll('*')].filter((element) => element.checkVisibility() && !element.matches('.unseen'));
    const hasText = (element: Element) =>
      [...element.childNodes].some((child) => child.nodeType === Node.TEXT_NODE && child.textContent?.trim());
    const texts = seen.filter(hasText).map((element) => {
      const name = `${element.textContent?.trim().slice(0, 40)}`;
      return { name, ratio: ratioOf(getComputedStyle(element).color, behind(element)), least: 4.5 };
    });
    const placeholders = seen
      .filter((element) => element.matches('textarea'))
      .map((element) => {
        const { color } = getComputedStyle(element, '::placeholder');
        return { name: 'placeholder', ratio: ratioOf(color, behind(element)), least: 4.5 };
      });
    const edges = seen
      .filter((element) => element.matches('textarea, .small, .suggestion, .primary'))
      .map((element) => {
        const { borderTopColor } = getComputedStyle(element);
        return { name: `edge of ${element.className}`, ratio: ratioOf(borderTopColor, behind(element.parentElement)), least: 3 };
      });
    const drawn = seen
      .filter((element) => element.matches('.line'))
      .map((element) => ({ name: 'cross', ratio: ratioOf(getComputedStyle(element).stroke, behind(element)), least: 3 }));
    return [...texts, ...placeholders, ...edges, ...drawn];
  });
}
