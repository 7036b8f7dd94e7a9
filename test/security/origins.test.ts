// A deployment that names its origins answers pages of these and nobody else: hundreds of origins that look like one of
// them, on every route that a token can come of, are refused before any token is made.

import { expect, it, onTestFinished } from 'vitest';
import { deploymentKeys } from '../topology/declared-deployments.ts';
import { startTopology, type Topology } from '../topology/topologies.ts';
import { ask, chromeOnMac } from '../topology/visitor.ts';
import { paths } from '../topology/visitor-session.ts';

/** An origin of each entry that the deployment names. */
const covered = [
  'https://www.owlbikes.example',
  'https://a.b.shops.example',
  'http://localhost:5173',
  'capacitor://localhost',
  'null',
];

/** What is made of a covered origin by those who hope that it is compared carelessly. */
const disguises: readonly ((origin: string) => string)[] = [
  (origin) => `${origin}/`,
  (origin) => `${origin}.evil.example`,
  (origin) => `${origin}%2eevil.example`,
  (origin) => `${origin}@evil.example`,
  (origin) => `${origin}:443@evil.example`,
  (origin) => `${origin}:8443`,
  (origin) => `${origin}:0`,
  (origin) => `${origin}:`,
  (origin) => `${origin}.`,
  (origin) => `${origin}?`,
  (origin) => `${origin}#`,
  (origin) => `${origin}\\`,
  (origin) => `${origin},${origin}`,
  (origin) => `${origin}, ${origin}`,
  (origin) => `${origin} ${origin}`,
  (origin) => `${origin}, https://evil.example`,
  (origin) => `https://evil.example, ${origin}`,
  (origin) => `https://evil.example ${origin}`,
  (origin) => `https://evil.example/${origin}`,
  (origin) => `https://evil.example?${origin}`,
  (origin) => `https://evil.example#${origin}`,
  (origin) => `"${origin}"`,
  (origin) => `<${origin}>`,
  (origin) => origin.replace('l', 'l\t'),
  (origin) => `${origin}\u00a0`,
  (origin) => `${origin}\u00ad`,
  (origin) => origin.toUpperCase(),
  (origin) => origin.replace(/[a-z]/, (letter) => letter.toUpperCase()),
  (origin) => origin.replace('https', 'http').replace('localhost', 'localhost.evil.example'),
  (origin) => origin.replace('://', ':/'),
  (origin) => origin.replace('://', ':///'),
  (origin) => origin.replace('://', '://user@'),
  (origin) => origin.replace('://', '://:@'),
  (origin) => origin.replace('://', '://evil.example/'),
  (origin) => origin.replace('://', '://evil.example\\'),
  (origin) => origin.replace('://', '://evil'),
  (origin) => origin.replace('://', '://evil-'),
  (origin) => origin.replace('://', '://evil.example.'),
  (origin) => origin.replace('://', '://*.'),
  (origin) => origin.replace('://', '://.'),
  (origin) => origin.replaceAll('.', '\u3002'),
  (origin) => origin.replaceAll('.', '-'),
  (origin) => origin.replaceAll('.', ''),
  (origin) => origin.replaceAll('.', '..'),
  (origin) => origin.replaceAll('o', '\u043e'),
  (origin) => origin.replaceAll('o', '0'),
  (origin) => origin.replaceAll('l', '%6c'),
  (origin) => `${origin}x`,
  (origin) => `x${origin}`,
  (origin) => origin.slice(0, -1),
  (origin) => origin.slice(1),
  (origin) => `file://${origin}`,
  (origin) => `blob:${origin}`,
  (origin) => `data:${origin}`,
  (origin) => `javascript:${origin}`,
  (origin) => `view-source:${origin}`,
  (origin) => `chrome-extension://${origin}`,
  (origin) => `${origin}${'.x'.repeat(200)}`,
];

const others = [
  '',
  'https://evil.example',
  'https://shops.example',
  'https://shops.example:443',
  'https://evilshops.example',
  'https://a.shops.example.evil.example',
  'http://a.shops.example',
  'https://.shops.example',
  'https://a.shops.example:444',
  'https://*.shops.example',
  'https://owlbikes.example',
  'http://www.owlbikes.example',
  'https://localhost:5173',
  'http://127.0.0.1:5173',
  'http://[::1]:5173',
  'http://localhost:99999999',
  'http://localhost:*',
  'http://localhost:-1',
  'capacitor://evil',
  'ionic://localhost',
  'Null',
  'NULL',
  'nulls',
  'undefined',
  '*',
  'true',
  '[object Object]',
  'file://',
  'about:blank',
  'about:srcdoc',
];

/** Without the few that are honest spellings: a sub-domain of a wildcard is covered, a port where any is. */
function isCovered(origin: string): boolean {
  return (
    covered.includes(origin) ||
    /^https:\/\/([a-z0-9_-]+\.)+shops\.example$/.test(origin) ||
    /^http:\/\/localhost(:[1-9]\d{0,4})?$/.test(origin)
  );
}

async function start(): Promise<Topology> {
  const topology = await startTopology('one process');
  onTestFinished(() => topology.close());
  return topology;
}

it('every origin that is not covered, and none at all, is refused on every route before a token is made or judged', async () => {
  const topology = await start();
  const url = topology.publicUrl;
  const deploymentKey = deploymentKeys.restricted;
  const headers = { ...chromeOnMac, origin: covered[0] ?? '' };
  const { body: held } = await ask(url, paths.create, { headers, body: { deploymentKey } });
  expect(held.token).toBeTypeOf('string');
  const routes = [
    { path: paths.create, body: { deploymentKey } },
    { path: paths.refresh, body: { deploymentKey, token: held.token } },
    { path: paths.end, body: { deploymentKey, token: held.token } },
    { path: paths.init, body: { deploymentKey, customerFriendlyName: 'V', preEngagementData: '{}', ...held } },
  ];
  const wrong = [...others, ...covered.flatMap((origin) => disguises.map((disguise) => disguise(origin)))];
  const sent = [undefined, ...new Set(wrong.filter((origin) => !isCovered(origin)))];
  expect(sent.length).toBeGreaterThan(250);

  let made = 0;
  for (const [index, origin] of sent.entries()) {
    // Header values are bytes: what is not ASCII goes as UTF-8.
    const bytes = origin === undefined ? undefined : Buffer.from(origin).toString('latin1');
    // Each on create, and in turn on the others.
    for (const { path, body } of [routes[0], routes[1 + (index % 3)]].filter((route) => route !== undefined)) {
      const sentHeaders = { ...chromeOnMac, ...(bytes !== undefined && { origin: bytes }) };
      const answer = await ask(url, path, { headers: sentHeaders, body });
      expect([origin, path, answer.status, answer.body.code]).toEqual([origin, path, 403, 'origin_not_allowed']);
      expect(answer.headers['access-control-allow-origin']).toBeUndefined();
      const labels = (await topology.recordedMessages(answer.body.requestId)).map(({ label }) => label);
      made += labels.filter((label) => /Tokens|generate|validate|Proofs/.test(label)).length;
    }
  }
  expect(made).toBe(0);
  // The token that was presented all the time was not touched.
  expect((await ask(url, paths.refresh, { headers, body: { deploymentKey, token: held.token } })).status).toBe(200);
});

it('null is covered only where the word is listed', async () => {
  const { publicUrl } = await start();
  const headers = { ...chromeOnMac, origin: 'null' };
  const asked = (deploymentKey: string) => ask(publicUrl, paths.create, { headers, body: { deploymentKey } });
  expect((await asked(deploymentKeys.oneOrigin)).body.code).toBe('origin_not_allowed');
  const { status, headers: answered } = await asked(deploymentKeys.restricted);
  expect([status, answered['access-control-allow-origin']]).toEqual([201, 'null']);
});
