// The built client: small, made for browsers of the last years, the same on every machine, and nothing in it that belongs
// on a server.

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { clientFiles } from '@gangway/contracts/starship';
import { parseSync, transformSync } from 'rolldown/utils';
import { beforeAll, describe, expect, it } from 'vitest';
import { type Bundle, syntax } from '../tools/build/bundle.ts';
import {
  buildClient,
  bundleClient,
  clientEntry,
  clientFolder,
  contentsOf,
  gzippedBytes,
  gzippedBytesMax,
} from '../tools/build/client.ts';
import { exportsOf } from '../tools/build/declared-names.ts';
import { emitDeclarations } from '../tools/build/emit-declarations.ts';
import { repositoryRoot } from '../tools/source-tree.ts';

const scripts = ['gangway.js', 'gangway-without-proof.js', 'gangway.mjs'];
const kept = (name: string) => readFileSync(join(repositoryRoot, clientFolder, name), 'utf8');

let bundles: Readonly<Record<string, Bundle>>;
let built: Readonly<Record<string, string>>;
beforeAll(async () => {
  bundles = await bundleClient();
  built = await buildClient();
});
const bundleOf = (name: string): Bundle => {
  const found = bundles[name];
  if (found === undefined) throw new Error(`${name} is not built`);
  return found;
};

it('is what the sources give, and the same each time', async () => {
  const stale = Object.keys(built).filter((name) => kept(name) !== built[name]);
  expect(stale.map((name) => `${name}: run \`node tools/build-sdk.ts\``)).toEqual([]);
  expect(await buildClient()).toEqual(built);
});

it('has every file that the contract names, and no other', () => {
  const named = clientFiles.map(({ path }) => path.slice('/sdk/'.length)).sort();
  expect(Object.keys(built).sort()).toEqual(named);
  expect(readdirSync(join(repositoryRoot, clientFolder)).sort()).toEqual(named);
});

describe.each(scripts)('%s', (name) => {
  it('is no larger than promised, compressed', () => {
    const bytes = gzippedBytes(kept(name));
    const bytesMax = gzippedBytesMax(name) ?? 0;
    if (bytes <= bytesMax) return;
    expect.fail(`${name} has ${bytes} bytes with gzip, ${bytesMax} at most. It consists of\n${contentsOf(bundleOf(name))}`);
  });

  it('holds the client and its one dependency, and nothing of a server, of schemas or of Node', () => {
    const { modules, imports } = bundleOf(name);
    const strangers = Object.keys(modules).filter((path) => !/^packages\/sdk\/src\/|^node_modules\/dpop\//.test(path));
    expect(strangers.filter((path) => !path.startsWith('rolldown/'))).toEqual([]);
    expect(imports).toEqual([]);
    expect(Object.keys(modules).some((path) => path.startsWith('node_modules/dpop/'))).toBe(name !== 'gangway-without-proof.js');
    expect(kept(name)).not.toMatch(/typebox|node:|require\(|process\.env|\bBuffer\b/);
  });

  it('has no syntax that is newer than ES2022', () => {
    const printed = (target: string) => {
      const { code, errors } = transformSync(name, kept(name), {
        target,
        sourceType: name.endsWith('.mjs') ? 'module' : 'script',
      });
      expect(errors).toEqual([]);
      return code;
    };
    expect(printed(syntax)).toBe(printed('esnext'));
    // The check itself: what is newer would be written otherwise.
    expect(transformSync('x.js', 'using x = y;', { target: syntax }).code).not.toContain('using x');
  });

  it('calls nothing that browsers of three years ago lack', () => {
    // Since 2024 or later (web platform baseline), so: only behind a question, as dpop asks for toBase64.
    const newer = /\b(?:withResolvers|AbortSignal\.any|fromAsync|groupBy|Promise\.try|URL\.parse|isSubsetOf|setFromBase64)\b/;
    expect(kept(name)).not.toMatch(newer);
  });

  it('says what it is and where its licenses are, in its first line', () => {
    expect(kept(name).split('\n', 1)[0]).toMatch(/^\/\*! Gangway \d+\.\d+\.\d+, see licenses\.txt \*\/$/);
    expect(kept('licenses.txt')).toContain('Apache License');
    expect(kept('licenses.txt')).toContain('The MIT License');
  });
});

it('the types need nothing besides: whoever uses a script tag has installed nothing', () => {
  expect(kept('gangway.d.ts')).not.toMatch(/^import\b|import\(/m);
  expect(kept('gangway.d.ts')).toMatch(/^export as namespace Gangway;$/m);
});

it('the three builds and the types export the same names', () => {
  const declared = new Set(exportsOf(clientEntry, emitDeclarations([clientEntry])).keys());
  const types = kept('gangway.d.ts');
  const inTypes = [...types.matchAll(/^export declare (?:class|function|const) (\w+)/gm)].map(([, name]) => name ?? '').sort();
  expect(inTypes.filter((name) => !declared.has(name))).toEqual([]);
  for (const name of ['gangway.js', 'gangway-without-proof.js']) {
    const { Gangway } = new Function(`${kept(name)}; return { Gangway };`)() as { Gangway: object };
    expect(Object.keys(Gangway).sort()).toEqual(inTypes);
  }
  const { body } = parseSync('gangway.mjs', kept('gangway.mjs'), {}).program;
  const exported = body.flatMap((statement) =>
    statement.type === 'ExportNamedDeclaration'
      ? statement.specifiers.map(({ exported: name }) => ('name' in name ? name.name : ''))
      : [],
  );
  expect(exported.sort()).toEqual(inTypes);
});
