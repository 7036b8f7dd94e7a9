// What `npm run build` makes can be published: it is packed and installed into an empty folder without a network, its types
// are checked there by a compiler that knows nothing of this repository, and it runs on the Node that the machine has.

import { execFile } from 'node:child_process';
import { accessSync, constants, copyFileSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { rolldown } from 'rolldown';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { clientFolder } from '../tools/build/client.ts';
import { buildPackage, publishedPackages, readPackage } from '../tools/build/package.ts';
import { repositoryRoot } from '../tools/source-tree.ts';

const run = promisify(execFile);
const home = mkdtempSync(join(tmpdir(), 'gangway-published-'));
const consumer = join(home, 'consumer');
const tsc = join(dirname(createRequire(import.meta.url).resolve('typescript/package.json')), 'bin/tsc');

/** The Node that the machine has, beside the one that came with the packages. */
function nodeOfTheMachine(): string {
  const folders = (process.env.PATH ?? '').split(delimiter).filter((folder) => !folder.includes('node_modules'));
  const found = folders
    .map((folder) => join(folder, 'node'))
    .find((path) => {
      try {
        accessSync(path, constants.X_OK);
        return true;
      } catch {
        return false;
      }
    });
  return found ?? process.execPath;
}

beforeAll(async () => {
  for (const name of publishedPackages) await buildPackage(name, join(home, name));
  const sources = [...publishedPackages.map((name) => join(home, name)), join(repositoryRoot, 'node_modules/dpop')];
  await run('npm', ['pack', '--silent', '--ignore-scripts', '--pack-destination', home, ...sources], { cwd: home });
  await run('mkdir', [consumer]);
  writeFileSync(join(consumer, 'package.json'), '{"type":"module","private":true}');
  const archives = readdirSync(home).filter((name) => name.endsWith('.tgz'));
  const quiet = ['--offline', '--ignore-scripts', '--no-audit', '--no-fund', '--omit=peer', '--loglevel=error'];
  await run('npm', ['install', ...quiet, ...archives.map((name) => join(home, name))], { cwd: consumer });
}, 60_000);
afterAll(() => rmSync(home, { recursive: true, force: true }));

const installed = (...path: string[]) => join(consumer, 'node_modules/@gangway', ...path);
const manifestOf = (name: string) =>
  JSON.parse(readFileSync(installed(name, 'package.json'), 'utf8')) as Readonly<Record<string, unknown>>;

describe.each(publishedPackages)('%s', (name) => {
  it('has a manifest that names what it needs and nothing of this workspace', () => {
    const manifest = manifestOf(name);
    expect(manifest).toMatchObject({
      name: `@gangway/${name}`,
      license: 'Apache-2.0',
      type: 'module',
      engines: { node: '>=20' },
    });
    expect(manifest.private).toBeUndefined();
    expect(manifest.devDependencies).toBeUndefined();
    expect(JSON.stringify(manifest)).not.toMatch(/workspace:|file:|@gangway\/contracts|(?<!\.d)\.ts"/);
    expect(Object.keys((manifest.dependencies ?? {}) as object)).toEqual(name === 'sdk' ? ['dpop'] : []);
  });

  it('holds compiled modules with types for every entry, the license and a README, and no sources', () => {
    const files = readdirSync(installed(name));
    const { entries } = readPackage(name);
    const expected = entries.flatMap((entry) => [`${entry.name}.js`, `${entry.name}.d.ts`]);
    expect(files).toEqual(expect.arrayContaining([...expected, 'LICENSE', 'README.md', 'package.json']));
    expect(files.filter((file) => file.endsWith('.ts') && !file.endsWith('.d.ts'))).toEqual([]);
    for (const file of files.filter((each) => /\.(?:js|d\.ts)$/.test(each))) {
      const text = readFileSync(installed(name, file), 'utf8');
      expect([file, /@gangway\/contracts|from ['"]\.[^'"]*\.ts['"]/.exec(text)?.[0]]).toEqual([file, undefined]);
    }
  });
});

it('the types hold for somebody else: options, sessions, verdicts and errors, under the strictest rules', async () => {
  writeFileSync(
    join(consumer, 'types.ts'),
    `import { createWebchatSession, GangwayError, type WebchatSession } from '@gangway/sdk';
import { createVerifier, type Verdict, type Visitor } from '@gangway/verify';

export const session: WebchatSession = createWebchatSession({ url: 'https://chat.example', deploymentKey: 'CV', consent: () => true });
export const identity: string | undefined = session.identity;
export const isRefused = (thrown: unknown): boolean => thrown instanceof GangwayError && thrown.code === 'origin_not_allowed';
// @ts-expect-error: no such code
export const isNonsense = (error: GangwayError): boolean => error.code === 'origin_not_alowed';
// @ts-expect-error: the key is needed
createWebchatSession({ url: 'https://chat.example' });

const verifier = createVerifier({ url: 'http://localhost:4002', credential: 'gwb_x' });
export async function who(request: Request): Promise<string> {
  const verdict: Verdict = await verifier.verify(request);
  if (!verdict.authorized) return \`\${verdict.status} \${verdict.code}\`;
  const visitor: Visitor = verdict;
  return visitor.grants.map(({ grant }) => grant).join();
}
`,
  );
  const flags = ['--ignoreConfig', '--noEmit', '--strict', '--exactOptionalPropertyTypes', '--noUncheckedIndexedAccess'];
  const target = ['--target', 'es2022', '--lib', 'es2022,dom,dom.iterable', '--module', 'nodenext', '--skipLibCheck', 'false'];
  // Types of packages of this repository are not for somebody else.
  const { stdout } = await run(process.execPath, [tsc, ...flags, ...target, '--types', '', 'types.ts'], { cwd: consumer }).catch(
    (error: Error & { stdout: string }) => ({ stdout: error.stdout }),
  );
  expect(stdout).toBe('');
});

it('the types of the script tag hold without anything installed: the global has them', async () => {
  const alone = join(home, 'alone');
  await run('mkdir', [alone]);
  copyFileSync(join(repositoryRoot, clientFolder, 'gangway.d.ts'), join(alone, 'gangway.d.ts'));
  writeFileSync(
    join(alone, 'page.ts'),
    `/// <reference path="./gangway.d.ts" />
const session: Gangway.WebchatSession = Gangway.createWebchatSession({ url: '', deploymentKey: 'CV' });
const until: number | undefined = session.expiresAt;
// @ts-expect-error: no such member
session.expires;
`,
  );
  const flags = ['--ignoreConfig', '--noEmit', '--strict', '--skipLibCheck', 'false', '--types', '', '--lib', 'es2022,dom'];
  const { stdout } = await run(process.execPath, [tsc, ...flags, '--module', 'preserve', 'page.ts'], { cwd: alone }).catch(
    (error: Error & { stdout: string }) => ({ stdout: error.stdout }),
  );
  expect(stdout).toBe('');
});

it('the verifier runs on the Node of the machine: it refuses a stranger without asking anybody', async () => {
  const node = nodeOfTheMachine();
  const { manifest, entries } = readPackage('verify');
  const adapters = entries.slice(1).map(({ subpath }) => `${manifest.name}${subpath.slice(1)}`);
  const script = `
    import { createServer } from 'node:http';
    import { createVerifier } from '@gangway/verify';
    ${adapters.map((specifier) => `import '${specifier}';`).join(' ')}
    const verifier = createVerifier({ url: 'http://127.0.0.1:9', credential: 'gwb_x', accounts: ['AC${'0'.repeat(32)}'], report() {} });
    const server = createServer(async (request, response) => {
      const verdict = await verifier.verify(request);
      response.writeHead(verdict.status, verdict.headers).end(verdict.code);
    }).listen(0, '127.0.0.1', async () => {
      const answer = await fetch('http://127.0.0.1:' + server.address().port);
      console.log(answer.status, await answer.text());
      verifier.close();
      server.close();
    });`;
  writeFileSync(join(consumer, 'verify.mjs'), script);
  const [{ stdout }, { stdout: version }] = await Promise.all([
    run(node, ['verify.mjs'], { cwd: consumer, timeout: 20_000 }),
    run(node, ['--version']),
  ]);
  expect(Number.parseInt(version.slice(1), 10)).toBeGreaterThanOrEqual(20);
  expect(stdout).toBe('401 invalid_token\n');
});

it('the client can be bundled, and what the bundle needs comes along', async () => {
  writeFileSync(
    join(consumer, 'page.js'),
    `import { createWebchatSession } from '@gangway/sdk';\nglobalThis.begin = createWebchatSession;\n`,
  );
  const warnings: string[] = [];
  const build = await rolldown({
    cwd: consumer,
    input: 'page.js',
    platform: 'browser',
    tsconfig: false,
    onLog: (_level, { message }) => void warnings.push(message),
  });
  const { output } = await build.generate({ format: 'esm' });
  await build.close();
  expect([warnings, output.length, output[0].imports]).toEqual([[], 1, []]);
  expect(output[0].code).toContain('dpop+jwt');
});
