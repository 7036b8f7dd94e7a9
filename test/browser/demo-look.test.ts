// How the demo page looks to those whom pages often forget: narrow screens, dark rooms, weak eyes, no mouse.

import type { BrowserContextOptions, Page } from 'playwright-core';
import { describe, expect, it, onTestFinished } from 'vitest';
import { type DemoPage, demoStage, eventually } from './demo-page.ts';

const stage = demoStage();

async function open(options: BrowserContextOptions): Promise<DemoPage> {
  const demo = await stage.open({ reducedMotion: 'reduce', ...options });
  onTestFinished(() => demo.close());
  await eventually(() => demo.page.locator('#sequence svg').count()).toBe(2);
  return demo;
}

async function showEverything({ page, text }: DemoPage): Promise<void> {
  await page.click('#try-broken-token');
  await eventually(() => text('#answer .code')).toBe('invalid_token');
  await eventually(() => page.locator('#sequence .refused').count()).toBeGreaterThan(0);
  await page.click('#steal-now');
  await eventually(() => text('#steal-status')).toContain('got in');
  await page.click('#theft-copied-proof-with button');
  await eventually(() => page.locator('#steal-sequence .refused').count()).toBeGreaterThan(0);
  await page.getByLabel('Your message').fill('Who am I?');
  await page.keyboard.press('Enter');
  await eventually(() => page.getByRole('log').textContent()).toContain('You are ');
  for (const summary of await page.locator('summary').all()) await summary.click();
}

describe.each([360, 412, 768, 1280])('at %i pixels', (width) => {
  it('nothing leaves the screen sideways', async () => {
    const demo = await open({ viewport: { width, height: 740 } });
    await showEverything(demo);
    expect(await demo.page.evaluate(() => document.documentElement.scrollWidth)).toBe(width);
    const beyond = await demo.page
      .locator('.sequence text')
      .evaluateAll(
        (texts, right) =>
          texts.map((text) => text.getBoundingClientRect()).filter((box) => box.left < 0 || box.right > right).length,
        width,
      );
    expect(beyond).toBe(0);
  });
});

it('the sequence follows the width of the window', async () => {
  const { page } = await open({ viewport: { width: 1280, height: 800 } });
  const drawn = () =>
    page
      .locator('#sequence svg')
      .first()
      .evaluate((drawing) => drawing.getBoundingClientRect().width);
  expect(await drawn()).toBeGreaterThan(700);
  await page.setViewportSize({ width: 360, height: 740 });
  await eventually(drawn).toBeLessThan(340);
});

it.each(['light', 'dark'] as const)(
  'every text has a contrast of at least 4.5 in the %s scheme (WCAG 2.2, 1.4.3)',
  async (colorScheme) => {
    const demo = await open({ colorScheme, viewport: { width: 1280, height: 900 } });
    await showEverything(demo);
    expect(await weakTexts(demo.page)).toEqual([]);

    await demo.page.locator('#pass-title').evaluate((title) => {
      title.style.color = 'gray';
    });
    expect(await weakTexts(demo.page)).toHaveLength(1);
  },
);

it('works by keyboard alone, and the focus can be seen', async () => {
  const { page, text } = await open({ viewport: { width: 1280, height: 900 } });
  await page.keyboard.press('Tab');
  expect(await page.evaluate(() => document.activeElement?.textContent)).toBe('Skip to the chat');
  const reached = new Set<string>();
  for (let step = 0; step < 45; step += 1) {
    await page.keyboard.press('Tab');
    const { id, outlined } = await page.evaluate(() => {
      const element = document.activeElement;
      const focused = element?.shadowRoot?.activeElement ?? element;
      return { id: element?.id ?? '', outlined: focused !== null && getComputedStyle(focused).outlineStyle !== 'none' };
    });
    expect(outlined || id === '').toBe(true);
    reached.add(id);
    if (id === 'try-wrong-key') break;
  }
  const controls = ['chat-place', 'replay', 'refresh-now', 'end-session', 'new-session', 'copy-token', 'steal-now'];
  // In the order in which the page is read.
  expect([...reached].filter((id) => controls.includes(id))).toEqual(controls);
  await page.keyboard.press('Enter');
  await eventually(() => text('#answer .code')).toBe('deployment_not_found');
});

it.each(['light', 'dark'] as const)(
  'a theme of high contrast gets its own colours in the drawing too, %s',
  async (colorScheme) => {
    const { page } = await open({ forcedColors: 'active', colorScheme });
    const colours = await page
      .locator('#sequence text')
      .evaluateAll((texts) => texts.map((text) => `${getComputedStyle(text).fill} ${text.closest('.lifeline') === null}`));
    const halos = await page
      .locator('#sequence .message text')
      .evaluateAll((texts) => texts.map((text) => getComputedStyle(text).stroke));
    const [ink, ground] = await page.evaluate(() => {
      const probe = document.createElement('p');
      probe.style.cssText = 'color: CanvasText; background: Canvas';
      document.body.append(probe);
      const { color, backgroundColor } = getComputedStyle(probe);
      return [color, backgroundColor];
    });
    expect(new Set(colours)).toEqual(new Set([`${ink} true`, `${ink} false`]));
    expect(new Set(halos)).toEqual(new Set([ground]));
  },
);

it('tells a screen reader what happened, once, and not every second', async () => {
  const { page } = await open({});
  for (const id of ['answer', 'steal-status']) {
    expect(await page.locator(`#${id}[role=status]`).getAttribute('aria-live')).toBe('polite');
  }
  expect(await page.getByRole('timer').getAttribute('aria-live')).toBe('off');
  expect(await page.locator('#sequence svg').first().getAttribute('aria-label')).toMatch(/^Sequence of \d+ messages/);
  // Stacked on a narrow screen, the table is still one.
  expect(await page.getByRole('table', { name: 'Steal this token' }).getByRole('rowheader').count()).toBe(6);
  expect(await page.getByRole('columnheader').allTextContents()).toEqual([
    'The thief shows',
    'Without a proof key',
    'With a proof key',
  ]);
  const levels = await page.locator('h1, h2, h3').evaluateAll((heads) => heads.map((head) => Number(head.tagName.slice(1))));
  expect(levels[0]).toBe(1);
  expect(levels.every((level, at) => at === 0 || level <= (levels[at - 1] ?? 0) + 1)).toBe(true);
  const unnamed = await page.getByRole('button', { name: /^$/ }).count();
  expect(unnamed).toBe(0);
});

/** The texts whose colour stands out too little from what lies behind them. The lightest part of the top counts for all of it. */
function weakTexts(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    const channels = (colour: string) => (colour.match(/[\d.]+/g) ?? []).map(Number);
    const luminance = (colour: string) => {
      const [red = 0, green = 0, blue = 0] = channels(colour).map((channel) => {
        const share = channel / 255;
        return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
      });
      return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
    };
    const behind = (element: Element | null): string => {
      if (element === null) return 'rgb(255, 255, 255)';
      if (element.classList.contains('hero')) return 'rgb(14, 70, 86)';
      const { backgroundColor } = getComputedStyle(element);
      // The head of the chat is the night sky of the top.
      if (element.classList.contains('head') && element.localName === 'header') return 'rgb(14, 70, 86)';
      const parent = element.parentElement ?? (element.getRootNode() as Partial<ShadowRoot>).host ?? null;
      return channels(backgroundColor)[3] === 0 ? behind(parent) : backgroundColor;
    };
    const hasText = (element: Element) =>
      [...element.childNodes].some((child) => child.nodeType === Node.TEXT_NODE && child.textContent?.trim());
    const within = (root: ParentNode): Element[] =>
      [...root.querySelectorAll('*')].flatMap((element) => [element, ...(element.shadowRoot ? within(element.shadowRoot) : [])]);
    return within(document.body)
      .filter((element) => hasText(element) && element.checkVisibility() && !element.matches(':disabled'))
      .map((element) => {
        const style = getComputedStyle(element);
        const chip = element.matches('.lifeline .letter') ? element.parentElement?.querySelector('rect') : undefined;
        const fill = chip ? getComputedStyle(chip).fill : 'none';
        const ground = luminance(fill === 'none' ? behind(element) : fill);
        const ink = luminance(element instanceof SVGElement ? style.fill : style.color);
        const ratio = (Math.max(ground, ink) + 0.05) / (Math.min(ground, ink) + 0.05);
        return { ratio, name: `${ratio.toFixed(2)} ${element.textContent?.trim().slice(0, 40)}` };
      })
      .filter(({ ratio }) => ratio < 4.5)
      .map(({ name }) => name);
  });
}
