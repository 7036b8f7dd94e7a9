// Who gets into the chat, with real tokens of a real node, and for how long: the server of the example as a process, and
// clients that send exactly what a test wants.

import { once } from 'node:events';
import { createConnection } from 'node:net';
import { afterAll, beforeAll, expect, it, onTestFinished } from 'vitest';
import WebSocket from 'ws';
import { createProofHolder } from '../topology/proof-holder.ts';
import { ask, chromeOnMac, createToken } from '../topology/visitor.ts';
import { type ChatSite, keys, startChatSite } from './chat-site.ts';

let site: ChatSite;
beforeAll(async () => {
  site = await startChatSite();
});
afterAll(() => site?.close());

type Frame = Readonly<Record<string, unknown>>;

/** Opens a socket and gives the greeting, and what comes next. */
async function connect() {
  const socket = new WebSocket(site.socketUrl, { origin: site.url });
  onTestFinished(() => socket.terminate());
  const frames: Frame[] = [];
  socket.on('message', (data) => frames.push(JSON.parse(data.toString()) as Frame));
  const closed = new Promise<number>((resolve) => socket.on('close', resolve));
  const at = async (index: number): Promise<Frame> => {
    while (frames[index] === undefined) await once(socket, 'message');
    return frames[index];
  };
  const { nonce } = await at(0);
  return { socket, at, closed, nonce: String(nonce), send: (frame: Frame) => socket.send(JSON.stringify(frame)) };
}

/** A session without a key, and its place in the chat. */
async function board(deploymentKey: string) {
  const { token, identity } = (await createToken(site.node.publicUrl ?? '', deploymentKey)).body;
  const client = await connect();
  client.send({ token: String(token) });
  expect(await client.at(1)).toMatchObject({ type: 'welcome', identity });
  return { ...client, token: String(token), deploymentKey };
}

const end = ({ token, deploymentKey }: { token: string; deploymentKey: string }) =>
  ask(site.node.publicUrl ?? '', '/v2/Webchat/Token/End', { headers: chromeOnMac, body: { deploymentKey, token } });

/** A browser with a key, its token, and proofs for the socket. */
async function createBoundVisitor() {
  const publicUrl = site.node.publicUrl ?? '';
  const holder = await createProofHolder(publicUrl);
  const { body } = await holder.post('/v2/Webchat/Token', { deploymentKey: keys.chat });
  const token = String(body.token);
  const proofFor = (nonce: string | undefined, changes: object = {}) =>
    holder.proof({ path: '/socket', method: 'GET', publicUrl: site.url, nonce, token, ...changes });
  return { token, proofFor };
}

it('a forged token is refused, and so is one that grants no chat', async () => {
  const { token } = (await createToken(site.node.publicUrl ?? '', keys.chat)).body;
  const forged = String(token).replace(/\.(.)/, (_, first: string) => `.${first === 'A' ? 'B' : 'A'}`);
  const upload = (await createToken(site.node.publicUrl ?? '', keys.other)).body.token;
  for (const [shown, code] of [
    [forged, 'invalid_token'],
    [`${token}x`, 'invalid_token'],
    ['a.b.c', 'invalid_token'],
    [upload, 'not_granted'],
  ]) {
    const client = await connect();
    client.send({ token: String(shown) });
    expect(await client.at(1)).toMatchObject({ type: 'refused', code });
    expect(await client.closed).toBe(4401);
  }
});

it('a bound token gets in with a proof for this socket, made just now, and in no other way', async () => {
  const { token, proofFor } = await createBoundVisitor();
  const stranger = await createBoundVisitor();

  const client = await connect();
  const used = await proofFor(client.nonce);
  client.send({ token, proof: used });
  expect((await client.at(1)).type).toBe('welcome');

  const refused = async (prove: (nonce: string) => Promise<string | undefined>) => {
    const thief = await connect();
    const proof = await prove(thief.nonce);
    thief.send({ token, ...(proof === undefined ? {} : { proof }) });
    const frame = await thief.at(1);
    return frame.type === 'hello' ? 'asked again' : frame.code;
  };
  expect(await refused(async () => undefined)).toBe('invalid_dpop_proof');
  expect(await refused(async () => used)).toBe('invalid_dpop_proof');
  expect(await refused((nonce) => proofFor(nonce, { path: '/another' }))).toBe('invalid_dpop_proof');
  expect(await refused((nonce) => proofFor(nonce, { publicUrl: 'http://evil.example' }))).toBe('invalid_dpop_proof');
  expect(await refused((nonce) => proofFor(nonce, { method: 'POST' }))).toBe('invalid_dpop_proof');
  expect(await refused((nonce) => proofFor(nonce, { token: undefined }))).toBe('invalid_dpop_proof');
  expect(await refused((nonce) => stranger.proofFor(nonce, { token }))).toBe('invalid_dpop_proof');
  expect(await refused(() => proofFor('made-up'))).toBe('asked again');
  expect(await refused(() => proofFor(undefined))).toBe('asked again');
  expect(await refused((nonce) => proofFor(nonce))).toBeUndefined();
});

it.each(['chat', 'signed'] as const)('a session of the deployment %s that ends is closed within 1 s', async (name) => {
  const clients = await Promise.all(Array.from({ length: 10 }, () => board(keys[name])));
  const bystander = await board(keys[name]);
  const delays = await Promise.all(
    clients.map(async (client, index) => {
      // Spread over the interval in which the feed is asked.
      await new Promise((resolve) => setTimeout(resolve, index * 70));
      expect((await end(client)).status).toBe(204);
      const acknowledgedAt = performance.now();
      expect(await client.closed).toBe(4401);
      expect(await client.at(2)).toMatchObject({ type: 'refused', code: 'revoked' });
      return performance.now() - acknowledgedAt;
    }),
  );
  expect(Math.max(...delays)).toBeLessThan(1000);
  bystander.send({ type: 'ping' });
  expect((await bystander.at(2)).type).toBe('pong');
});

it('no token, proof or text is in what the server writes, and each session is', async () => {
  const { token, proofFor } = await createBoundVisitor();
  const client = await connect();
  const proof = await proofFor(client.nonce);
  client.send({ token, proof });
  await client.at(1);
  client.send({ type: 'say', id: 'canary-id', text: 'a canary sings' });
  await client.at(3);
  client.send({ token: 'canary.of.forgers' });
  expect((await client.at(4)).code).toBe('invalid_token');
  await client.closed;
  expect(site.log()).toMatch(/"event":"welcomed","session":"[0-9a-f-]{36}"/);
  for (const secret of [token, proof, 'canary']) expect(site.log()).not.toContain(secret);
});

it('upgrades to nowhere that are cut off, and frames that are none, do not end the process', async () => {
  const { hostname, port } = new URL(site.url);
  for (const path of ['/nowhere', '/socket?x', '/socket']) {
    const head = `GET ${path} HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nOrigin: ${site.url}\r\n`;
    for (let count = 0; count < 20; count += 1) {
      const cut = createConnection({ host: hostname, port: Number(port) });
      cut.on('error', () => {}).resume();
      cut.write(`${head}Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ${'A'.repeat(22)}==\r\n\r\n`);
      cut.write(Buffer.alloc(1000, 0xff));
      if (count % 2 === 0) cut.resetAndDestroy();
      else cut.end();
      await once(cut, 'close');
    }
  }
  expect((await connect()).nonce).not.toBe('');
});
