// The documentation promises that its five lines work as they stand there. They are run as they stand there; only the port is
// that of the node under test.

import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { operate } from '../cli/operator.ts';
import { declared, deploymentKeys } from '../topology/declared-deployments.ts';
import { startTopology, type Topology } from '../topology/topologies.ts';
import { createToken } from '../topology/visitor.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));
let topology: Topology;
beforeAll(async () => {
  topology = await startTopology('one process');
});
afterAll(() => topology?.close());

test('the example greets a visitor and refuses everybody else, with status and headers', async () => {
  const page = readFileSync(`${root}docs/verifying.md`, 'utf8');
  const [, example] = /^## In JavaScript\n[\s\S]*?^```js\n([\s\S]*?)^```/m.exec(page) ?? [];
  if (example === undefined) throw new Error('docs/verifying.md has no example under "In JavaScript".');
  expect(example.split('\n').filter((line) => line.includes('verif')).length).toBeLessThanOrEqual(5);
  const scopedAuth = topology.processOf('scoped-auth');
  const accounts = declared.accounts.flatMap(({ sid = '' }) => ['--account', sid]);
  const made = await operate(scopedAuth, 'backends', 'create', 'an example', ...accounts);
  const { token, identity } = (await createToken(topology.publicUrl, deploymentKeys.unsecured)).body;
  const program = `${example.replace('http://localhost:4002', scopedAuth.serviceUrl ?? '')}
    for (const authorization of ['Bearer ' + process.env.TOKEN, 'Bearer x', '']) {
      const answer = await handle(new Request('https://chat.example/ask', { headers: { authorization } }));
      console.log(answer.status, answer.headers.get('www-authenticate'), (await answer.text()).includes(${JSON.stringify(identity)}));
    }`;
  const env = { ...process.env, CREDENTIAL: made.split('\n', 1)[0], TOKEN: String(token) };
  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '--eval', program], { cwd: root, env });
  expect(stdout).toBe(
    ['200 null true', '401 Bearer error="invalid_token" false', '401 Bearer error="invalid_token" false', ''].join('\n'),
  );
});
