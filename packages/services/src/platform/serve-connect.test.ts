// A participant is reached as functions or over HTTP, and nobody behind the interface can tell which: one suite over both.

import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type CallContext, type Interface, type Message, noteStep, operation } from '@gangway/contracts/contract';
import { Refusal } from '@gangway/contracts/refusals';
import { Type } from 'typebox';
import { describe, expect, it, onTestFinished } from 'vitest';
import { connect } from './connect.ts';
import { createListener } from './listener.ts';
import { serve } from './serve.ts';
import { createCredentialIssuer, createCredentialVerifier } from './service-credential.ts';
import { fakeClock } from './testing/fake-clock.ts';
import { recordedLog } from './testing/recorded-log.ts';

const shape = { summary: '', callers: ['federated-auth'], latencyMsMax: 300 } as const;
const shelf = {
  participant: 'scoped-auth',
  operations: {
    find: operation({
      ...shape,
      method: 'GET',
      paths: ['/v1/shelves/:shelf/books', '/v2/shelves/:shelf/books'],
      input: Type.Object({ shelf: Type.String(), title: Type.Optional(Type.String()) }, { additionalProperties: false }),
      answer: Type.Object({ shelf: Type.String(), title: Type.Optional(Type.String()) }),
    }),
    put: operation({
      ...shape,
      method: 'POST',
      paths: ['/v1/shelves/:shelf/books'],
      admits: (_caller, input) => input.title !== 'forbidden',
      input: Type.Object(
        { shelf: Type.String(), title: Type.String(), copies: Type.Optional(Type.Integer()) },
        { additionalProperties: false },
      ),
      answer: Type.Object({ kept: Type.Boolean(), title: Type.String() }),
    }),
  },
} as const;
type Shelf = Interface<typeof shelf>;

const librarian: Shelf = {
  find: async ({ shelf: name, title }) => ({ shelf: name, ...(title !== undefined && { title }) }),
  put: async ({ title }, context) => {
    noteStep(context, 'scoped-auth', 'looks at the book');
    if (title === 'burning') throw new Refusal('overloaded', { message: 'The shelf is on fire.', retryAfterSeconds: 7 });
    if (title === 'cursed') throw new TypeError('nobody must read this');
    return { kept: title !== 'unwanted', title };
  },
};

const context: CallContext = { requestId: 'request-1' };
const clock = fakeClock();
const secret = 's'.repeat(32);
const issue = createCredentialIssuer(secret, clock);

async function listening(listener: RequestListener): Promise<string> {
  const server = createServer(listener);
  const { promise, resolve } = Promise.withResolvers<void>();
  server.listen(0, '127.0.0.1', resolve);
  await promise;
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

async function served(): Promise<string> {
  const listener = createListener({ log: recordedLog().log, requestIdOf: (header) => header });
  serve(listener, shelf, librarian, createCredentialVerifier(secret, clock, 60));
  onTestFinished(() => listener.close());
  return listener.listen({ host: '127.0.0.1', port: 0 });
}

function connected(url: string, caller: 'federated-auth' | 'starship' = 'federated-auth'): Shelf {
  const { neighbour, close } = connect(caller, shelf, url, issue);
  onTestFinished(() => close());
  return neighbour;
}

describe.each<[string, () => Promise<Shelf>]>([
  ['as functions', async () => librarian],
  ['over HTTP', async () => connected(await served())],
])('%s', (_, reach) => {
  it('gives the answer of a question, with every character', async () => {
    const neighbour = await reach();
    expect(await neighbour.find({ shelf: 'a/b c?&#%', title: 'Die Räuber & 水滸傳 "1"' }, context)).toEqual({
      shelf: 'a/b c?&#%',
      title: 'Die Räuber & 水滸傳 "1"',
    });
    expect(await neighbour.find({ shelf: 'x', title: undefined }, context)).toEqual({ shelf: 'x' });
    expect(await neighbour.put({ shelf: 'x', title: 'new', copies: 2 }, context)).toEqual({ kept: true, title: 'new' });
  });

  it('gives a negative verdict as an answer', async () => {
    expect(await (await reach()).put({ shelf: 'x', title: 'unwanted' }, context)).toEqual({ kept: false, title: 'unwanted' });
  });

  it('throws a refusal with its code, its words and its time', async () => {
    const refused = (await reach()).put({ shelf: 'x', title: 'burning' }, context);
    await expect(refused).rejects.toMatchObject({
      name: 'Refusal',
      code: 'overloaded',
      status: 503,
      message: 'The shelf is on fire.',
      retryAfterSeconds: 7,
    });
  });

  it('adds its steps to the trace of the caller, of a refused call too', async () => {
    const neighbour = await reach();
    for (const title of ['new', 'burning']) {
      const trace: Message[] = [];
      await neighbour.put({ shelf: 'x', title }, { ...context, trace }).catch(() => {});
      expect(trace).toEqual([{ from: 'scoped-auth', to: 'scoped-auth', kind: 'step', label: 'looks at the book', fields: {} }]);
    }
  });
});

describe('over HTTP', () => {
  it('a failure is internal, and nothing of it is told', async () => {
    const failed = await connected(await served())
      .put({ shelf: 'x', title: 'cursed' }, context)
      .catch((error: unknown) => error);
    expect(failed).toMatchObject({ name: 'Refusal', code: 'internal' });
    expect(String(failed)).not.toContain('nobody must read this');
  });

  it('an input that the contract does not know is refused with the member that is wrong', async () => {
    const neighbour = connected(await served());
    const put = (input: object) => neighbour.put({ shelf: 'x', title: 'new', ...input } as never, context);
    await expect(put({ copies: '2' })).rejects.toMatchObject({ code: 'invalid_request', message: 'copies: must be integer.' });
    await expect(put({ title: undefined })).rejects.toMatchObject({ message: 'The request: title is missing.' });
    await expect(put({ pages: 1 })).rejects.toMatchObject({ message: 'pages: there is no such member.' });
  });

  it('a caller that the contract does not name is refused, and so is one that may not ask for just this', async () => {
    const url = await served();
    const stranger = connected(url, 'starship');
    await expect(stranger.find({ shelf: 'x' }, context)).rejects.toMatchObject({ code: 'caller_not_allowed' });
    const known = connected(url).put({ shelf: 'x', title: 'forbidden' }, context);
    await expect(known).rejects.toMatchObject({ code: 'caller_not_allowed' });
  });

  it('the request id goes along, and every path leads to the operation', async () => {
    const url = await served();
    const authorization = issue('federated-auth', 'scoped-auth');
    const answers = ['/v1/shelves/a/books', '/V2/Shelves/a/Books'].map(async (path) =>
      (await fetch(url + path, { headers: { authorization } })).json(),
    );
    expect(await Promise.all(answers)).toEqual([{ shelf: 'a' }, { shelf: 'a' }]);
    const refused = await fetch(`${url}/v1/shelves/a/books`, { headers: { 'x-request-id': 'request-2' } });
    expect(await refused.json()).toMatchObject({ code: 'caller_not_allowed', requestId: 'request-2' });
  });

  it('nobody there: upstream_unavailable', async () => {
    const gone = connected('http://127.0.0.1:1').find({ shelf: 'x' }, context);
    await expect(gone).rejects.toMatchObject({ code: 'upstream_unavailable', retryAfterSeconds: 1 });
  });

  it('no answer in time: upstream_unavailable', async () => {
    const url = await listening(() => {});
    await expect(connected(url).find({ shelf: 'x' }, context)).rejects.toMatchObject({ code: 'upstream_unavailable' });
  });

  it('a connection that breaks is tried once more, and no more', async () => {
    let asked = 0;
    const url = await listening((request, response) => {
      asked += 1;
      if (asked === 2) response.setHeader('content-type', 'application/json').end('{"shelf":"x"}');
      else request.socket.destroy();
    });
    const neighbour = connected(url);
    expect(await neighbour.find({ shelf: 'x' }, context)).toEqual({ shelf: 'x' });
    await expect(neighbour.find({ shelf: 'x' }, context)).rejects.toMatchObject({ code: 'upstream_unavailable' });
    expect(asked).toBe(4);
  });

  it.each([
    ['no JSON', 200, '<html>', 'upstream_unavailable'],
    ['an unknown code', 418, '{"code":"teapot"}', 'internal'],
    ['nothing', 500, 'null', 'internal'],
  ])('an answer of somebody else is not taken for one of ours: %s', async (_, status, body, code) => {
    const url = await listening((_request, response) => response.writeHead(status).end(body));
    await expect(connected(url).find({ shelf: 'x' }, context)).rejects.toMatchObject({ code });
  });
});
