// The import rule, shown on small trees.

import { describe, expect, it } from 'vitest';
import { checkImports } from './check-imports.ts';

const services = 'packages/services/src/';

function check(tree: Readonly<Record<string, string>>): readonly string[] {
  const files = Object.entries(tree).map(([path, text]) => ({ path, text }));
  return checkImports(files).map(({ path, line, rule }) => `${path}:${line}: ${rule}`);
}

describe('the import rule', () => {
  it('lets a participant import its own folder, the platform and the contracts', () => {
    const text = `import { a } from './a.ts';\nimport { b } from '../platform/b.ts';\nimport '@gangway/contracts/origins';\n`;
    expect(check({ [`${services}starship/edge.ts`]: text })).toEqual([]);
  });

  it('refuses a participant that imports its sibling, wherever the import stands', () => {
    const text = [
      `import { readFileSync } from 'node:fs';`,
      `import {`,
      `  mint,`,
      `} from '../scoped-auth/mint.ts';`,
      `export { refresh } from '../../src/federated-auth/refresh.ts';`,
      `const later = () => import('../flex-configuration/feed.ts');`,
      `import type { Keys } from '../scoped-auth/keys.ts';`,
    ].join('\n');
    const path = `${services}starship/edge.ts`;
    expect(check({ [path]: text }).toSorted()).toEqual([4, 5, 6, 7].map((line) => `${path}:${line}: siblings`));
  });

  it('refuses a platform that knows a participant', () => {
    const path = `${services}platform/serve.ts`;
    expect(check({ [path]: `import { edge } from '../starship/edge.ts';\n` })).toEqual([`${path}:1: platform`]);
  });

  it('lets compose.ts and tests under test/ know several participants, and nothing else', () => {
    const both = (up: string) => `import '${up}starship/edge.ts';\nimport '${up}scoped-auth/mint.ts';\n`;
    const tree = {
      [`${services}compose.ts`]: both('./'),
      [`${services}cli.ts`]: both('./'),
      [`${services}starship/edge.ts`]: `import '../compose.ts';\n`,
      'test/flows/create.test.ts': both('../../packages/services/src/'),
    };
    expect(check(tree)).toEqual([`${services}cli.ts:2: compose`, `${services}starship/edge.ts:1: compose`]);
  });

  it('keeps services out of the contracts and the SDK', () => {
    const tree = {
      'packages/contracts/src/origins.ts': `import '../../services/src/platform/clock.ts';\n`,
      'packages/sdk/src/index.ts': `import 'gangway/clock';\n`,
    };
    expect(check(tree)).toEqual(['packages/contracts/src/origins.ts:1: contracts', 'packages/sdk/src/index.ts:1: sdk']);
  });

  it('keeps typebox out of the SDK, also behind a contract, but lets types through', () => {
    const tree = {
      'packages/contracts/src/origins.ts': `import { Type } from 'typebox';\n`,
      'packages/contracts/src/refusals.ts': `export const codes = ['internal'];\n`,
      'packages/sdk/src/direct.ts': `import { Type } from 'typebox';\n`,
      'packages/sdk/src/behind.ts': `import { Origin } from '@gangway/contracts/origins';\n`,
      'packages/sdk/src/types.ts': `import type { Origin } from '@gangway/contracts/origins';\nimport { codes } from '@gangway/contracts/refusals';\n`,
    };
    expect(check(tree)).toEqual(['packages/sdk/src/direct.ts:1: sdk', 'packages/sdk/src/behind.ts:1: sdk']);
  });

  it('keeps services and the code of contracts out of the package for backends, but not out of its tests', () => {
    const both = `import '../../services/src/node.ts';\nimport { refusals } from '@gangway/contracts/refusals';\nimport type { RefusalCode } from '@gangway/contracts/refusals';\n`;
    const tree = {
      'packages/verify/src/index.ts': both,
      'packages/verify/src/index.test.ts': both,
      'packages/verify/src/testing/a-service.ts': both,
    };
    expect(check(tree)).toEqual(['packages/verify/src/index.ts:1: verify', 'packages/verify/src/index.ts:2: verify']);
  });

  it('lets an example import what is published and what lies beside it, and nothing else of the repository', () => {
    const text = [
      `import { createWebchatSession } from '@gangway/sdk';`,
      `import { createVerifier } from '@gangway/verify/hono';`,
      `import { render } from './render.ts';`,
      `import { WebSocketServer } from 'ws';`,
      `import { startNode } from 'gangway/node';`,
      `import { refusals } from '@gangway/contracts/refusals';`,
      `import { session } from '../../packages/sdk/src/session.ts';`,
      `import { chat } from '../chat/chat-backend.ts';`,
      `import { deep } from '@gangway/sdk/src/session.ts';`,
    ].join('\n');
    const path = 'examples/react/app.tsx';
    expect(check({ [path]: text })).toEqual([5, 6, 7, 8, 9].map((line) => `${path}:${line}: examples`));
  });

  it('does not take an example in a doc comment for an import', () => {
    const path = `${services}starship/edge.ts`;
    expect(check({ [path]: `/**\n * import { mint } from '../scoped-auth/mint.ts';\n */\n` })).toEqual([]);
  });

  it('refuses a file of more than 300 lines, unless it is a test or generated', () => {
    const tree = {
      'tools/short.ts': '\n'.repeat(300),
      'tools/long.ts': '\n'.repeat(301),
      'tools/long.test.ts': '\n'.repeat(301),
      'docs/generated/long.ts': '\n'.repeat(301),
    };
    expect(check(tree)).toEqual(['tools/long.ts:301: length']);
  });
});
