// What the documentation promises: links that lead somewhere, a page for every refusal, a reason for every dependency,
// and a site on which all of it can be read.

import { existsSync, globSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { refusals } from '@gangway/contracts/refusals';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { renderMarkdown } from '../packages/services/src/docs/render-markdown.ts';
import { serveDocs } from '../packages/services/src/docs/serve-docs.ts';
import { parseDeclaredConfiguration } from '../packages/services/src/flex-configuration/read-declared-configuration.ts';
import { createListener } from '../packages/services/src/platform/listener.ts';
import { openLog } from '../packages/services/src/platform/log.ts';
import { exampleConfiguration } from '../tools/docs/configuration-page.ts';

const root = fileURLToPath(new URL('../', import.meta.url));
const documents = globSync('docs/**/*.md', { cwd: root }).sort();
const read = (path: string) => readFileSync(join(root, path), 'utf8');
const idsOf = (path: string) => renderMarkdown(read(path), '', new Map()).headings.map(({ id }) => id);

/** The targets of a document's links and pictures, without what stands in code. */
function linksOf(path: string): readonly string[] {
  const text = read(path).replaceAll(/```[\s\S]*?```|`[^`\n]*`/g, 'code');
  return [...text.matchAll(/\]\(([^)\s]+)\)/g)].map(([, target = '']) => target);
}

it.each(documents)('every link of %s leads to a file, and to a heading in it', (path) => {
  const broken = linksOf(path).filter((link) => {
    if (/^https?:/.test(link)) return false;
    const [target = '', fragment] = link.split('#', 2);
    const file = target === '' ? path : join(dirname(path), target);
    if (!existsSync(join(root, file))) return true;
    return fragment !== undefined && !idsOf(file).includes(fragment);
  });
  expect(broken).toEqual([]);
});

describe('refusals', () => {
  it('have a page each, and no page is of a code that does not exist', () => {
    const pages = documents.filter((path) => path.startsWith('docs/refusals/') && !path.endsWith('README.md'));
    expect(pages).toEqual(
      Object.keys(refusals)
        .sort()
        .map((code) => `docs/refusals/${code}.md`),
    );
  });

  it.each(Object.keys(refusals))('%s: its page says what it means, why, and what to do', (code) => {
    const page = read(`docs/refusals/${code}.md`);
    expect(page).toMatch(new RegExp(`^# \`${code}\`\n`));
    const sections = [...page.matchAll(/^## (.+)$/gm)].map(([, title]) => title);
    expect(sections).toEqual(['What it means', expect.stringMatching(/^Why it (is|will be) refused$/), 'What to do']);
  });
});

it('the configuration that is shown can be applied', () => {
  expect(parseDeclaredConfiguration(JSON.stringify(exampleConfiguration), 'example.json')).toEqual(exampleConfiguration);
});

it('every dependency has its reason', () => {
  const reasons = read('docs/decisions/0013-dependencies.md');
  const names = ['package.json', ...globSync('{packages,examples}/*/package.json', { cwd: root })].flatMap((path) => {
    const { dependencies = {}, devDependencies = {} } = JSON.parse(read(path)) as Record<string, Record<string, string>>;
    return Object.keys({ ...dependencies, ...devDependencies });
  });
  // What it runs on, its own packages, and types that come with what they are of.
  const named = names.filter((name) => name !== 'node' && !/^@(?:gangway|types)\//.test(name));
  const given = [...reasons.matchAll(/^### (.+)$/gm)].flatMap(([, names = '']) => names.split(', '));
  expect(named.filter((name) => !given.includes(name))).toEqual([]);
});

it('every decision is listed', () => {
  const index = read('docs/decisions/README.md');
  const records = documents.filter((path) => /decisions\/\d{4}-/.test(path));
  expect(records.filter((path) => !index.includes(`(${path.slice('docs/decisions/'.length)})`))).toEqual([]);
});

describe('the site', () => {
  const listener = createListener({ log: openLog('silent').log });
  let url: string;
  beforeAll(async () => {
    serveDocs(listener, { demo: true });
    url = await listener.listen({ host: '127.0.0.1', port: 0 });
  });
  afterAll(() => listener.close());

  const policy =
    "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
  const reachedFrom = (html: string) => [...html.matchAll(/ (?:href|src)="([^"]+)"/g)].map(([, address = '']) => address);

  it('leads from its first page to every document, and to nothing that is not there', async () => {
    const pages = new Map<string, string>();
    const waiting = ['/docs'];
    for (const address of waiting) {
      if (pages.has(address)) continue;
      const answer = await fetch(url + address);
      expect([address, answer.status]).toEqual([address, 200]);
      const text = await answer.text();
      pages.set(address, text);
      if (!answer.headers.get('content-type')?.startsWith('text/html')) continue;
      const found = reachedFrom(text).filter((target) => target.startsWith('/docs'));
      waiting.push(...found.map((target) => target.split('#', 1)[0] ?? ''));
    }
    const expected = documents.map((path) => `/${path.replace(/(\/README)?\.md$/, '')}`);
    expect([...pages.keys()]).toEqual(
      expect.arrayContaining([...expected, '/docs/openapi.json', '/docs/sequences/create-token.svg']),
    );

    for (const [address, html] of pages) {
      const fragments = reachedFrom(html).filter((target) => target.includes('#') && target !== '#content');
      const broken = fragments.filter((target) => {
        const [page = '', id] = target.split('#', 2);
        return !pages.get(page === '' ? address : page)?.includes(` id="${id}"`);
      });
      expect([address, broken]).toEqual([address, []]);
    }
  });

  it.each([
    ['/docs', 'text/html; charset=utf-8'],
    ['/docs/api', 'text/html; charset=utf-8'],
    ['/docs/openapi.json', 'application/json; charset=utf-8'],
    ['/docs/openapi-services.json', 'application/json; charset=utf-8'],
    ['/docs/configuration', 'text/html; charset=utf-8'],
    ['/docs/refusals', 'text/html; charset=utf-8'],
    ['/docs/refusals/invalid_token', 'text/html; charset=utf-8'],
    ['/docs/architecture', 'text/html; charset=utf-8'],
    ['/docs/decisions', 'text/html; charset=utf-8'],
    ['/docs/sequences/create-token.mmd', 'text/plain; charset=utf-8'],
    ['/docs/frame.css', 'text/css; charset=utf-8'],
  ])('serves %s as %s, under a strict policy', async (address, type) => {
    const { status, headers } = await fetch(url + address);
    expect(status).toBe(200);
    expect(headers.get('content-type')).toBe(type);
    expect(headers.get('content-security-policy')).toBe(policy);
    expect(headers.get('x-content-type-options')).toBe('nosniff');
  });

  it('lets a picture bring its style, and nothing else', async () => {
    const { headers } = await fetch(`${url}/docs/sequences/refresh-token.svg`);
    expect(headers.get('content-type')).toBe('image/svg+xml; charset=utf-8');
    expect(headers.get('content-security-policy')).toBe(
      policy.replace("style-src 'self'; img-src 'self'", "style-src 'unsafe-inline'"),
    );
  });

  it('sends a page again only where it changed, and its headers alone to whoever asks for these', async () => {
    const first = await fetch(`${url}/docs`);
    const again = await fetch(`${url}/docs`, { headers: { 'if-none-match': first.headers.get('etag') ?? '' } });
    expect([again.status, await again.text()]).toEqual([304, '']);
    const head = await fetch(`${url}/docs`, { method: 'HEAD' });
    expect([head.status, await head.text()]).toEqual([200, '']);
  });

  it.each(['/docs/../package.json', '/docs/%2e%2e/package.json', '/docs/..%2fpackage.json', '/docs/README.md', '/docs/none'])(
    'has nothing at %s',
    async (path) => {
      const { statusCode } = await listener.inject({ method: 'GET', url: path });
      expect(statusCode).toBe(404);
    },
  );

  it('leads to the demo only where there is one', async () => {
    const without = createListener({ log: openLog('silent').log });
    serveDocs(without, { demo: false });
    expect((await without.inject('/docs')).body).not.toContain('href="/demo"');
    expect(await (await fetch(`${url}/docs`)).text()).toContain('href="/demo"');
  });
});
