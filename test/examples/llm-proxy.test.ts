// examples/llm-proxy before a language model that always says the same, with real tokens of a real node.

import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { DeclaredDeployment } from '@gangway/contracts/declared-configuration';
import { createVerifier, type Verifier } from '@gangway/verify';
import { pino } from 'pino';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { type BudgetOptions, createBudget } from '../../examples/llm-proxy/budget.ts';
import { createLlmProxy } from '../../examples/llm-proxy/llm-proxy.ts';
import { type GangwayNode, startNode } from '../../packages/services/src/node.ts';
import { readSettings } from '../../packages/services/src/platform/settings.ts';
import { operate } from '../cli/operator.ts';
import { declare } from '../topology/declare.ts';
import { writeDeclaration } from '../topology/declared-deployments.ts';
import { createProofHolder } from '../topology/proof-holder.ts';
import { createToken } from '../topology/visitor.ts';
import { providerKey, startLanguageModel } from './language-model.ts';

const granted: object = { grant: 'llm', tokensPerDay: 2000, models: ['small', 'large'] };
const { declaration, accountSid, keys } = declare({
  llm: { grants: [{ grant: 'chat' }, granted] as NonNullable<DeclaredDeployment['grants']> },
  chat: {},
  vague: { grants: [{ grant: 'llm' }] },
});
const page = 'https://www.owlbikes.example';
let folder: string;
let node: GangwayNode;
let credential: string;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'gangway-llm-'));
  const environment = {
    ...{ GANGWAY_PORT: '0', GANGWAY_ADMIN_PORT: '0', GANGWAY_SERVICE_PORT: '0' },
    ...{ GANGWAY_DATA_DIR: join(folder, 'data'), GANGWAY_CONFIG: writeDeclaration(folder, declaration) },
  };
  node = await startNode(readSettings(environment, {}), { log: pino({ level: 'silent' }) });
  credential = (await operate(node, 'backends', 'create', 'llm', '--account', accountSid)).split('\n', 1)[0] ?? '';
});
afterAll(async () => {
  await node?.close();
  rmSync(folder, { recursive: true });
});

async function setUp({ timeoutMs = 10_000, ...limits }: Partial<BudgetOptions> & { timeoutMs?: number } = {}) {
  const model = await startLanguageModel();
  const events: object[] = [];
  const server = createServer((request, response) => void answer(request, response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const verifier: Verifier = createVerifier({ url: node.serviceUrl ?? '', credential, publicUrls: [url] });
  const answer = createLlmProxy({
    verifier,
    budget: createBudget({ perDayOfAll: 1_000_000, ...limits }),
    allowedOrigins: [page],
    provider: { url: model.url, key: providerKey, maxTokensField: 'max_completion_tokens', timeoutMs },
    log: (event) => events.push(event),
  });
  onTestFinished(() => {
    verifier.close();
    server.close();
    server.closeAllConnections();
  });
  return { url, model, events };
}

const newToken = async (deploymentKey: string) => String((await createToken(node.publicUrl ?? '', deploymentKey)).body.token);
const textOf = ({ body }: Response) => (body as ReadableStream<BufferSource>).pipeThrough(new TextDecoderStream());
const question = (content: string, more: object = {}) => ({ model: 'small', messages: [{ role: 'user', content }], ...more });

/** A visitor with a session of its own, who asks. */
async function newVisitor(url: string, deploymentKey: string = keys.llm) {
  const token = await newToken(deploymentKey);
  const send = (body: unknown, init: RequestInit = {}) =>
    fetch(`${url}/v1/chat/completions`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      body: typeof body === 'string' ? body : JSON.stringify(body),
      ...init,
    });
  return { token, send };
}

/** What a visitor could still spend: the most that a short question is allowed to cost. */
async function left(
  send: (body: unknown) => Promise<Response>,
  model: { asked: readonly { body: { max_completion_tokens: number } }[] },
) {
  const answer = await send(question('x', { max_tokens: 1_000_000 }));
  expect(answer.status).toBe(200);
  await answer.text();
  // What is reserved for a prompt of one letter, and the two tokens that this very question cost before.
  return (model.asked.at(-1)?.body.max_completion_tokens ?? Number.NaN) + 33;
}

test('the model answers a visitor whose token grants it; what it cost is taken off, and the key stays here', async () => {
  const { url, model } = await setUp();
  const { send } = await newVisitor(url);
  const answer = await send(question('one two three', { temperature: 0.5 }));
  expect([answer.status, answer.headers.get('x-account-of-the-operator')]).toEqual([200, null]);
  expect(await answer.json()).toMatchObject({ choices: [{ message: { content: 'one two three' } }], usage: { total_tokens: 6 } });
  expect(model.asked[0]).toMatchObject({
    authorization: `Bearer ${providerKey}`,
    body: { model: 'small', messages: [{ role: 'user', content: 'one two three' }], temperature: 0.5, stream: false },
  });
  expect(JSON.stringify(model.asked[0]?.body)).not.toMatch(/identity|gwb_/);
  expect(await left(send, model)).toBe(2000 - 6);
});

test('a bound token counts with a proof for each request', async () => {
  const { url } = await setUp();
  const holder = await createProofHolder(node.publicUrl ?? '');
  const token = String((await holder.post('/v2/Webchat/Token', { deploymentKey: keys.llm })).body.token);
  let nonce: string | undefined;
  const ask = async (scheme: string) => {
    const dpop = await holder.proof({ path: '/v1/chat/completions', publicUrl: url, token, nonce });
    const headers = { authorization: `${scheme} ${token}`, dpop, 'content-type': 'application/json' };
    const answer = await fetch(`${url}/v1/chat/completions`, {
      method: 'POST',
      headers,
      body: JSON.stringify(question('hello')),
    });
    nonce = answer.headers.get('dpop-nonce') ?? nonce;
    return [answer.status, ((await answer.json()) as { code?: string }).code];
  };
  expect(await ask('DPoP')).toEqual([401, 'use_dpop_nonce']);
  expect(await ask('DPoP')).toEqual([200, undefined]);
  expect(await ask('Bearer')).toEqual([401, 'invalid_dpop_proof']);
});

test('a stream comes as it is made; its usage is counted, and passed on to whoever asked for it', async () => {
  const { url, model } = await setUp();
  const { send } = await newVisitor(url);
  const release = model.hold();
  const answer = await send(question('one two three', { stream: true }));
  expect(answer.headers.get('content-type')).toBe('text/event-stream');
  const reader = textOf(answer).getReader();
  // The first word is here while the model has not said the second.
  const first = (await reader.read()).value ?? '';
  expect(first).toContain('"one "');
  release();
  let rest = '';
  for (let part = await reader.read(); !part.done; part = await reader.read()) rest += part.value;
  expect(rest).toMatch(/"two "[\s\S]*"three "[\s\S]*data: \[DONE\]\n\n$/);
  expect(first + rest).not.toContain('total_tokens');
  expect(model.asked[0]?.body.stream_options).toEqual({ include_usage: true });
  expect(await left(send, model)).toBe(2000 - 6);
  const asked = await send(question('one', { stream: true, stream_options: { include_usage: true } }));
  expect(await asked.text()).toContain('"total_tokens":2');
});

test('requests that come at once cannot spend more than there is, and one that is over gives back what it did not need', async () => {
  const { url, model } = await setUp();
  const { send } = await newVisitor(url);
  const release = model.hold();
  const waiting = Array.from({ length: 10 }, () => send(question('x '.repeat(100), { max_tokens: 300 })));
  const over: Response[] = [];
  for (const answer of waiting) void answer.then((response) => over.push(response));
  // Four are held by the model; all others have heard by now that there is not enough for them.
  await expect.poll(() => [model.asked.length, over.map(({ status }) => status)]).toEqual([4, Array(6).fill(429)]);
  const refused = over[0] as Response;
  expect([refused.status, refused.headers.get('retry-after')]).toEqual([429, '5']);
  expect(await refused.json()).toMatchObject({ code: 'budget_spent', status: 429 });
  release();
  await Promise.all(waiting);
  expect(over.map(({ status }) => status)).toEqual([...Array(6).fill(429), ...Array(4).fill(200)]);
  expect(await left(send, model)).toBe(2000 - 4 * 200);
});

test('whose day is spent hears so until the next; others do not', async () => {
  let now = Date.UTC(2030, 0, 1, 23, 0);
  const { url } = await setUp({ now: () => now });
  const [{ send }, other] = [await newVisitor(url), await newVisitor(url)];
  // A prompt that costs a third of the day, in words, each of a letter.
  for (let count = 0; count < 3; count += 1)
    expect((await send(question('x '.repeat(300), { max_tokens: 300 }))).status).toBe(200);
  const refused = await send(question('x'.repeat(400)));
  expect([refused.status, refused.headers.get('retry-after')]).toEqual([429, '3600']);
  expect(await refused.json()).toEqual({ code: 'budget_spent', message: expect.stringContaining('today'), status: 429 });
  expect((await other.send(question('x '.repeat(100)))).status).toBe(200);
  now += 3_600_000;
  expect((await send(question('x'.repeat(400)))).status).toBe(200);
});

test('all visitors together spend no more than the operator allows, however many sessions one begins', async () => {
  const { url } = await setUp({ perDayOfAll: 300 });
  expect((await (await newVisitor(url)).send(question('x '.repeat(100)))).status).toBe(200);
  const refused = await (await newVisitor(url)).send(question('x '.repeat(100)));
  expect([refused.status, (await refused.json()).code]).toEqual([503, 'overloaded']);
});

test('who leaves has the model stop, and is charged for what it had said', async () => {
  const { url, model } = await setUp();
  const { send } = await newVisitor(url);
  const release = model.hold();
  const leaving = new AbortController();
  const answer = await send(question('one two three', { stream: true }), { signal: leaving.signal });
  await answer.body?.getReader().read();
  leaving.abort();
  await model.asked[0]?.left;
  release();
  // The bytes of the prompt with what goes around it (13 and 32), and those of `one `: more than it cost, never less.
  expect(await left(send, model)).toBe(2000 - 49);
});

test('who leaves before the model has answered is charged for all that was asked for', async () => {
  const { url, model } = await setUp();
  const { send } = await newVisitor(url);
  const release = model.hold();
  const leaving = new AbortController();
  const answer = send(question('one', { max_tokens: 100 }), { signal: leaving.signal });
  await expect.poll(() => model.asked.length).toBe(1);
  leaving.abort();
  await expect(answer).rejects.toThrow();
  await model.asked[0]?.left;
  release();
  expect(await left(send, model)).toBe(2000 - 135);
});

test('a session that is revoked gets no further word', async () => {
  const { url, model } = await setUp();
  const { send, token } = await newVisitor(url);
  model.hold();
  const answer = await send(question('one two three', { stream: true }));
  const reader = answer.body?.getReader();
  await reader?.read();
  const verifier = createVerifier({ url: node.serviceUrl ?? '', credential });
  onTestFinished(() => verifier.close());
  const verdict = await verifier.verify(new Request(url, { headers: { authorization: `Bearer ${token}` } }));
  await operate(node, 'revoke', 'session', verdict.authorized ? verdict.session : '', '--reason', 'a test');
  await expect(reader?.read()).rejects.toThrow();
  await model.asked[0]?.left;
  expect((await send(question('one'))).status).toBe(401);
});

test.each([
  ['fails', 500, 502, 'provider_failed'],
  ['does not know the key', 401, 502, 'provider_failed'],
  ['is asked too much', 429, 503, 'provider_busy'],
])('a provider that %s is not quoted, and costs nothing', async (_, status, answered, code) => {
  const { url, model, events } = await setUp();
  const { send } = await newVisitor(url);
  model.fail(
    (response) => void response.writeHead(status, { 'retry-after': '7' }).end(`{"error":{"message":"bad key ${providerKey}"}}`),
  );
  for (const stream of [false, true]) {
    const answer = await send(question('one', { stream }));
    const text = await answer.text();
    expect([answer.status, JSON.parse(text).code]).toEqual([answered, code]);
    expect(answer.headers.get('retry-after')).toBe(code === 'provider_busy' ? '7' : null);
    expect(text + JSON.stringify(events)).not.toContain(providerKey);
  }
  expect(events).toContainEqual({ problem: 'the provider refused', status });
  model.fail(undefined);
  expect(await left(send, model)).toBe(2000);
});

test.each([
  ['breaks off', (response) => response.destroy()],
  ['says that it failed', (response) => response.end(`data: {"error":{"message":"${providerKey}"}}\n\n`)],
  ['never ends an event', (response) => response.end(`data: ${'x'.repeat(2_000_000)}`)],
  ['ends without its end', (response) => response.end('data: {"choices":[]}\n\n')],
] satisfies [string, (response: import('node:http').ServerResponse) => void][])(
  'a stream that %s breaks off here, without details',
  async (_, end) => {
    const { url, model } = await setUp();
    const { send } = await newVisitor(url);
    model.fail((response) => {
      response
        .writeHead(200, { 'content-type': 'text/event-stream' })
        .write('data: {"choices":[{"delta":{"content":"one"}}]}\n\n');
      setImmediate(() => end(response));
    });
    const answer = await send(question('one', { stream: true })).catch(() => undefined);
    let received = '';
    await expect(
      (async () => {
        for await (const part of answer === undefined ? [] : textOf(answer)) received += part;
        throw new Error('it broke off before it began');
      })(),
    ).rejects.toThrow();
    expect(received).not.toMatch(/\[DONE\]|sk-of/);
  },
);

test.each([
  ['nothing', {}],
  ['null', { prompt_tokens: null, completion_tokens: null }],
  ['less than nothing', { prompt_tokens: 50, completion_tokens: -50 }],
  ['half a token', { prompt_tokens: 0.5, completion_tokens: 0.5 }],
  ['texts', { prompt_tokens: '1', completion_tokens: '1' }],
])('what a provider says of the cost that is none (%s) is charged as the most that it could be', async (_, usage) => {
  const { url, model } = await setUp();
  const { send } = await newVisitor(url);
  model.fail((response) => {
    const choices = [{ index: 0, message: { role: 'assistant', content: 'one' } }];
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify({ choices, usage }));
  });
  expect((await send(question('one', { max_tokens: 100 }))).status).toBe(200);
  model.fail(undefined);
  expect(await left(send, model)).toBe(2000 - 135);
});

test('a provider that takes too long is given up, and what was asked for is charged', async () => {
  const { url, model } = await setUp({ timeoutMs: 1000 });
  const release = model.hold();
  const { send } = await newVisitor(url);
  const answer = await send(question('one', { max_tokens: 100 }));
  expect([answer.status, (await answer.json()).code]).toEqual([502, 'provider_failed']);
  await model.asked[0]?.left;
  release();
  expect(await left(send, model)).toBe(2000 - 135);
});

test('a provider that is not there costs nothing', async () => {
  const { url, model } = await setUp();
  const { send } = await newVisitor(url);
  model.fail((response) => response.destroy());
  expect((await send(question('one', { max_tokens: 100 }))).status).toBe(502);
  model.fail(undefined);
  expect(await left(send, model)).toBe(2000);
});

test.each([
  ['no token', {}, 401, 'invalid_token'],
  ['another model', question('x', { model: 'huge' }), 403, 'model_not_granted'],
  ['no JSON', '{', 400, 'invalid_request'],
  ['no messages', { model: 'small', messages: [] }, 400, 'invalid_request'],
  ['a picture', { model: 'small', messages: [{ role: 'user', content: [{ type: 'image_url' }] }] }, 400, 'invalid_request'],
  ['several answers', question('x', { n: 5 }), 400, 'invalid_request'],
  ['tools', question('x', { tools: [] }), 400, 'invalid_request'],
  ['a prototype', '{"model":"small","messages":[{"role":"user","content":"x"}],"__proto__":{}}', 400, 'invalid_request'],
  ['a negative length', question('x', { max_tokens: -1 }), 400, 'invalid_request'],
  ['a long body', question('x'.repeat(70_000)), 413, 'payload_too_large'],
  ['more than a day has', question('x'.repeat(2001)), 429, 'budget_spent'],
])('refused before the model is asked: %s', async (what, body, status, code) => {
  const { url, model } = await setUp();
  const { send } = await newVisitor(url);
  const answer = await send(body, what === 'no token' ? { headers: { 'content-type': 'application/json' } } : {});
  expect([answer.status, (await answer.json()).code, model.asked.length]).toEqual([status, code, 0]);
});

test('a deployment that grants no model, or does not say how much of which, gets none', async () => {
  const { url, model } = await setUp();
  for (const key of [keys.chat, keys.vague]) {
    const answer = await (await newVisitor(url, key)).send(question('x'));
    expect([answer.status, (await answer.json()).code]).toEqual([403, 'not_granted']);
  }
  expect(model.asked).toEqual([]);
});

test('the pages that may ask are told so, refusals too; others are told nothing', async () => {
  const { url } = await setUp();
  const allowed = (headers: Headers) => headers.get('access-control-allow-origin');
  for (const [origin, expected] of [
    [page, page],
    ['https://evil.example', null],
  ] as const) {
    const preflight = await fetch(`${url}/v1/chat/completions`, { method: 'OPTIONS', headers: { origin } });
    expect([preflight.status, allowed(preflight.headers)]).toEqual([204, expected]);
    const refused = await fetch(`${url}/v1/chat/completions`, { method: 'POST', headers: { origin } });
    expect([refused.status, allowed(refused.headers)]).toEqual([401, expected]);
  }
  expect((await fetch(`${url}/v1/models`)).status).toBe(404);
  expect((await fetch(`${url}/v1/chat/completions`)).headers.get('allow')).toBe('POST');
});
