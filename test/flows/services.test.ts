// Services come and go: each can be killed and started again in any order while visitors go on, and one that is away or
// hangs costs an honest answer, not a wait.

import { serviceNames } from '@gangway/contracts/participants';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { deploymentKeys } from '../topology/declared-deployments.ts';
import { expectRefusal } from '../topology/expect-refusal.ts';
import { startTopology, type Topology } from '../topology/topologies.ts';
import { type Answer, createToken, refreshToken } from '../topology/visitor.ts';

const { secured } = deploymentKeys;
/** What a visitor waits at most for the news that something is away. */
const awayMs = 2500;
/** By when a service that is back is in use again, on a busy machine. */
const backMs = 8000;

describe('five processes', () => {
  let topology: Topology;
  let url: string;

  beforeAll(async () => {
    topology = await startTopology('five processes');
    url = topology.publicUrl;
  });
  afterAll(() => topology.close());

  const create = () => createToken(url, secured);
  const refresh = (token: unknown) => refreshToken(url, secured, token);

  /** Expects an answer to be the news that a service is away, in time. */
  async function expectAway(send: () => Promise<Answer>): Promise<void> {
    const sentAt = performance.now();
    const answer = await send();
    expect(performance.now() - sentAt).toBeLessThan(awayMs);
    expectRefusal(answer, 'upstream_unavailable', url);
    expect(Number(answer.headers['retry-after'])).toBeGreaterThan(0);
  }

  it.each(serviceNames)('%s is killed and started again while a visitor goes on', async (service) => {
    const { token } = (await create()).body;
    const answers: (Answer | Error)[] = [];
    let goesOn = true;
    const visitor = (async () => {
      while (goesOn) answers.push(await create().catch((error: Error) => error));
    })();

    await topology.kill(service);
    if (service === 'starship') await expect(create()).rejects.toThrow(/ECONNREFUSED/);
    else if (service === 'flex-configuration') expect((await create()).status).toBe(201);
    else await expectAway(create);
    await topology.startAgain(service);

    const created = await create();
    expect(created.status).toBe(201);
    expect((await refresh(token)).status).toBe(200);
    expect((await refresh(created.body.token)).status).toBe(200);
    goesOn = false;
    await visitor;
    for (const answer of answers) {
      if (answer instanceof Error) expect(service, answer.message).toBe('starship');
      else if (answer.status !== 201) expectRefusal(answer, 'upstream_unavailable', url);
    }
    expect(answers.at(-1)).toMatchObject({ status: 201 });
  });

  it.each(['scoped-auth', 'federated-auth', 'flex-webchat-orchestrator'] as const)(
    'a %s that hangs is given up on, and used again when it goes on',
    async (service) => {
      const { token } = (await create()).body;
      topology.processOf(service).signal('SIGSTOP');
      try {
        await Promise.all([expectAway(create), expectAway(() => refresh(token))]);
      } finally {
        topology.processOf(service).signal('SIGCONT');
      }
      await expect.poll(async () => (await create()).status, { timeout: backMs }).toBe(201);
    },
  );

  it('an orchestrator that starts without Flex Configuration says so, and serves as soon as it is there', async () => {
    await topology.kill('flex-configuration');
    await topology.kill('flex-webchat-orchestrator');
    await topology.startAgain('flex-webchat-orchestrator');
    await expectAway(create);
    await topology.startAgain('flex-configuration');
    await expect.poll(async () => (await create()).status, { timeout: backMs }).toBe(201);
  });

  it('all are killed and started again, those first that call the others', async () => {
    const { token } = (await create()).body;
    for (const service of serviceNames) await topology.kill(service);
    for (const service of serviceNames) await topology.startAgain(service);
    await expect.poll(async () => (await create()).status, { timeout: backMs }).toBe(201);
    expect((await refresh(token)).status).toBe(200);
  });
});
