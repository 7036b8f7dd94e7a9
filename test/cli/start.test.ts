// `gangway start`: says where it can be reached, or in one line why it cannot start; and then nothing is damaged.

import { chmodSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { sql } from 'kysely';
import { describe, expect, it, onTestFinished } from 'vitest';
import { openSqlite } from '../../packages/services/src/platform/database.ts';
import { settings } from '../../packages/services/src/platform/settings.ts';
import { type GangwayProcess, runGangway, type StartOptions, startGangway } from '../topology/gangway-process.ts';
import { temporaryFolder } from '../topology/temporary-folder.ts';
import { ask, chromeOnMac } from '../topology/visitor.ts';

async function start(options: StartOptions): Promise<GangwayProcess> {
  const started = await startGangway(options);
  onTestFinished(() => stop(started));
  return started;
}

async function stop(started: GangwayProcess): Promise<void> {
  started.signal('SIGTERM');
  await started.ended;
}

/** Expects a start to fail with one line on standard error, and gives that line without its prefix. */
async function expectNoStart(options: StartOptions, ...args: string[]): Promise<string> {
  const { code, stdout, stderr } = await runGangway(['start', ...(options.services ?? []), ...args], options);
  expect(stderr).toMatch(/^gangway: [^\n]+\n$/);
  expect(stdout).toBe('');
  expect(code).toBe(1);
  return stderr.slice('gangway: '.length, -1);
}

/** Asks for a token with the key of the banner, as a page on this machine would. */
async function expectToServe({ publicUrl, stdout }: GangwayProcess): Promise<void> {
  const deploymentKey = /CV[0-9a-f]{32}/.exec(stdout())?.[0];
  const headers = { ...chromeOnMac, origin: 'http://localhost:5173' };
  const { status } = await ask(publicUrl ?? '', '/v2/Webchat/Token', { headers, body: { deploymentKey } });
  expect(status).toBe(201);
}

describe('a start that goes well', () => {
  it('prints and writes down the addresses that were taken, the demo key and the data folder', async () => {
    const dataFolder = join(temporaryFolder(), 'made', 'if', 'missing');
    const started = await start({ dataFolder });
    const { publicUrl, adminUrl, serviceUrl, pid } = started;
    for (const url of [publicUrl, adminUrl, serviceUrl]) expect(url).toMatch(/^http:\/\/localhost:[1-9]\d+$/);
    expect(new Set([publicUrl, adminUrl, serviceUrl]).size).toBe(3);
    const lines = [
      'Gangway \\d+\\.\\d+\\.\\d+ is ready\\.',
      `public +${publicUrl}`,
      `demo +${publicUrl}/demo`,
      `docs +${publicUrl}/docs`,
      `client +${publicUrl}/sdk`,
      'key +CV[0-9a-f]{32}',
      `service +${serviceUrl}`,
      `admin +${adminUrl}`,
      `data +${dataFolder}`,
    ];
    expect(started.stdout()).toMatch(new RegExp(`^${lines.join('\n +')}\n`));
    expect(JSON.parse(readFileSync(join(dataFolder, 'ready.json'), 'utf8'))).toEqual({ publicUrl, adminUrl, serviceUrl, pid });
    await expectToServe(started);
    expect((await ask(adminUrl, '/health/ready', { method: 'GET' })).status).toBe(200);
  });

  it('keeps everything from other users', async () => {
    const dataFolder = join(temporaryFolder(), 'data');
    await start({ dataFolder });
    expect(statSync(dataFolder).mode & 0o777).toBe(0o700);
    for (const file of ['gangway.sqlite', 'kek', 'ready.json']) {
      expect([file, statSync(join(dataFolder, file)).mode & 0o777]).toEqual([file, 0o600]);
    }
  });

  it('takes a flag before the environment', async () => {
    const [other, dataFolder] = [temporaryFolder(), temporaryFolder()];
    const { stderr } = await runGangway(['start', '--data-dir', dataFolder, '--port', 'x'], { dataFolder: other });
    expect(stderr).toBe('gangway: --port: "x" is not a port from 0 (any free one) to 65535.\n');
  });

  it('a single service has no public address and no demo', async () => {
    const { publicUrl, serviceUrl, stdout } = await start({ services: ['scoped-auth'], dataFolder: temporaryFolder() });
    expect([publicUrl, typeof serviceUrl]).toEqual([null, 'string']);
    expect(stdout()).not.toMatch(/public|demo|docs|key/);
  });
});

describe('--help', () => {
  it('lists every setting and every service', async () => {
    const { code, stdout } = await runGangway(['start', '--help'], { dataFolder: 'nowhere' });
    expect(code).toBe(0);
    for (const [name, { description }] of Object.entries(settings)) {
      expect(stdout).toContain(`--${name.toLowerCase().replaceAll('_', '-')} `);
      expect(stdout).toContain(description);
    }
    for (const service of ['starship', 'flex-webchat-orchestrator', 'federated-auth', 'scoped-auth', 'flex-configuration']) {
      expect(stdout).toContain(service);
    }
  });
});

describe('a start that cannot be says why in one line', () => {
  it.each<[string, Record<string, string>, RegExp]>([
    ['a port', { PORT: '65536' }, /^GANGWAY_PORT: "65536" is not a port from 0 .* to 65535\.$/],
    ['a host and port', { ADMIN_PORT: 'localhost' }, /^GANGWAY_ADMIN_PORT: "localhost" is not a port \(4001\), or a host and /],
    ['an address', { PUBLIC_URLS: 'https://a.example,ftp://b' }, /^GANGWAY_PUBLIC_URLS: .* is not an http or https address, or/],
    ['an address without path', { SCOPED_AUTH_URL: 'http://a.example/x' }, /^GANGWAY_SCOPED_AUTH_URL: .* without path, query/],
    ['a network', { TRUSTED_PROXIES: 'everyone' }, /^GANGWAY_TRUSTED_PROXIES: "everyone" is not an address, a network/],
    ['a yes or no', { DEMO: 'maybe' }, /^GANGWAY_DEMO: "maybe" is not true or false\.$/],
    ['seconds', { CLOCK_LEEWAY_SECONDS: '301' }, /^GANGWAY_CLOCK_LEEWAY_SECONDS: "301" is not seconds from 0 to 300\.$/],
    ['a level', { LOG_LEVEL: 'loud' }, /^GANGWAY_LOG_LEVEL: "loud" is not one of debug, info, warn, error, silent\.$/],
    ['a name', { PROT: '1' }, /^GANGWAY_PROT is no setting of Gangway\. gangway start --help lists them\.$/],
    ['a host', { HOST: 'host.invalid' }, /^host\.invalid is no address of this machine\. Set GANGWAY_HOST\.$/],
    ['half of TLS', { TLS_CERT: 'cert.pem' }, /^TLS needs both GANGWAY_TLS_CERT and GANGWAY_TLS_KEY\. /],
    ['a missing certificate', { TLS_CERT: 'no.pem', TLS_KEY: 'no.pem' }, /^GANGWAY_TLS_CERT: no\.pem cannot be read: /],
    [
      'no certificate',
      { TLS_CERT: 'package.json', TLS_KEY: 'package.json' },
      /^GANGWAY_TLS_CERT \(package\.json\) and .* are no certificate/,
    ],
    ['a missing flag service', { FLAG_PROVIDER: 'no.mjs' }, /^GANGWAY_FLAG_PROVIDER: no\.mjs cannot be loaded: /],
    [
      'no flag service',
      { FLAG_PROVIDER: 'tools/source-tree.ts' },
      /^GANGWAY_FLAG_PROVIDER: the default export of .* is not an OpenFeature/,
    ],
  ])('%s', async (_, wrong, line) => {
    expect(await expectNoStart({ dataFolder: temporaryFolder(), settings: wrong })).toMatch(line);
  });

  it('a secret that is wrong is not shown', async () => {
    const dataFolder = temporaryFolder();
    const short = await expectNoStart({ dataFolder, settings: { SERVICE_SECRET: 'hush' } });
    expect(short).toMatch(/^GANGWAY_SERVICE_SECRET: its value is not at least 32 characters/);
    const kek = await expectNoStart({ dataFolder, settings: { KEK: 'hush' } });
    expect(kek).toMatch(/^GANGWAY_KEK is not 32 bytes in base64url/);
    expect(short + kek).not.toContain('hush');
  });

  it.each([
    [['start', '--prot', '1'], /--prot.*gangway start --help lists the settings\.$/],
    [['start', '--port'], /--port.*gangway start --help lists the settings\.$/],
    [['start', 'scoped-oauth'], /^There is no service scoped-oauth\. The services are starship, /],
    [['stop'], /^There is no command stop\. gangway --help lists the commands\.$/],
  ])('the words %j', async (words, line) => {
    const { code, stderr } = await runGangway(words, { dataFolder: temporaryFolder() });
    expect(code).toBe(1);
    expect(stderr).toMatch(/^gangway: [^\n]+\n$/);
    expect(stderr.slice('gangway: '.length, -1)).toMatch(line);
  });

  it('a neighbour of whom nobody said where it is, and calls that nobody can sign', async () => {
    const services = ['starship'];
    expect(await expectNoStart({ services, dataFolder: temporaryFolder() })).toBe(
      'starship needs flex-webchat-orchestrator, which does not run in this process. Set GANGWAY_FLEX_WEBCHAT_ORCHESTRATOR_URL to the address of its service port.',
    );
    const settings = { FLEX_WEBCHAT_ORCHESTRATOR_URL: 'http://127.0.0.1:9' };
    const unsigned = await expectNoStart({ services, dataFolder: temporaryFolder(), settings });
    expect(unsigned).toMatch(/^starship calls services in other processes.* Set GANGWAY_SERVICE_SECRET .*openssl rand/);
  });

  it.each(['PORT', 'ADMIN_PORT', 'SERVICE_PORT'])('a port in use (%s), and a start at another goes well then', async (name) => {
    const holder = createServer();
    const listening = Promise.withResolvers<void>();
    holder.listen(0, '127.0.0.1', listening.resolve);
    await listening.promise;
    onTestFinished(() => void holder.close());
    const address = holder.address();
    const port = String(typeof address === 'object' && address?.port);
    const dataFolder = temporaryFolder();
    expect(await expectNoStart({ dataFolder, settings: { [name]: port } })).toBe(
      `Port ${port} on 127.0.0.1 is in use. Stop what listens there, or set GANGWAY_${name} (0 takes a free port).`,
    );
    await expectToServe(await start({ dataFolder }));
  });
});

describe('the data folder', () => {
  it('that is a file, or lies in one, is refused', async () => {
    const file = join(temporaryFolder(), 'file');
    writeFileSync(file, 'mine');
    expect(await expectNoStart({ dataFolder: file })).toMatch(
      /^The data folder .*file cannot be used: it is a file\. Set GANGWAY_/,
    );
    expect(await expectNoStart({ dataFolder: join(file, 'data') })).toContain('a part of the path is a file');
    expect(readFileSync(file, 'utf8')).toBe('mine');
  });

  it.skipIf(process.getuid?.() === 0)('that this user may not read is refused', async () => {
    const dataFolder = temporaryFolder();
    chmodSync(dataFolder, 0o000);
    onTestFinished(() => chmodSync(dataFolder, 0o700));
    expect(await expectNoStart({ dataFolder })).toContain('cannot be used: permission denied. Set GANGWAY_DATA_DIR');
  });

  it('is held by one process: a second one is refused, and the first goes on', async () => {
    const dataFolder = temporaryFolder();
    const first = await start({ dataFolder });
    const ready = readFileSync(join(dataFolder, 'ready.json'), 'utf8');
    expect(await expectNoStart({ dataFolder })).toBe(
      `The data folder ${dataFolder} is in use by another process. Stop that one, or set GANGWAY_DATA_DIR to another folder.`,
    );
    await expectToServe(first);
    expect(readFileSync(join(dataFolder, 'ready.json'), 'utf8')).toBe(ready);
  });

  it('whose database is none is refused and left as it is', async () => {
    const dataFolder = temporaryFolder();
    const file = join(dataFolder, 'gangway.sqlite');
    writeFileSync(file, 'a letter that somebody put here, long enough to be read as the header of a database, which it is not');
    const before = readFileSync(file, 'utf8');
    expect(await expectNoStart({ dataFolder })).toBe(`${file} is not a database. Move it away, or restore it from a backup.`);
    expect(readFileSync(file, 'utf8')).toBe(before);
  });

  it('whose database is a folder is refused', async () => {
    const dataFolder = temporaryFolder();
    mkdirSync(join(dataFolder, 'gangway.sqlite'));
    expect(await expectNoStart({ dataFolder })).toMatch(/^The database .*gangway\.sqlite cannot be opened: /);
  });

  it('of a newer version is refused and left as it is', async () => {
    const dataFolder = temporaryFolder();
    await stop(await startGangway({ dataFolder }));
    const database = openSqlite<object>(dataFolder);
    await sql`insert into kysely_migration (name, timestamp) values ('999_of_the_future', '2040-01-01')`.execute(
      database.queries,
    );
    await database.close();
    expect(await expectNoStart({ dataFolder })).toBe(
      'The database was written by another version of Gangway. Start that version, or a newer one.',
    );
  });

  it('whose keys were wrapped with another key is refused, and opens again with the right one', async () => {
    const dataFolder = temporaryFolder();
    await stop(await startGangway({ dataFolder, settings: { KEK: 'a'.repeat(64) } }));
    expect(await expectNoStart({ dataFolder, settings: { KEK: 'b'.repeat(64) } })).toMatch(
      /^The key-encryption key \(GANGWAY_KEK\) is not the one that the stored root keys were wrapped with\./,
    );
    await expectToServe(await start({ dataFolder, settings: { KEK: 'a'.repeat(64) } }));
  });
});
