// A chat backend behind a real HTTP server, clocks that the test moves, and a verifier that the test scripts: for what
// the chat itself promises. Whether tokens count is tried with a real node, in the tests of the browser.

import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { promisify } from 'node:util';
import type { Verifier, Visitor } from '@gangway/verify';
import { onTestFinished, vi } from 'vitest';
import WebSocket from 'ws';
import { type ChatBackend, createChatBackend } from '../../examples/chat/chat-backend.ts';
import type { ChatLimits } from '../../examples/chat/limits.ts';
import type { ServerFrame } from '../../examples/chat/protocol.ts';
import type { ChatEvent } from '../../examples/chat/visitor-socket.ts';

export const pageOrigin = 'https://shop.example';

/** A verifier whose word is law: it knows the visitors that the test names, by token. */
export interface ScriptedVerifier extends Verifier {
  readonly asked: { readonly token: string; readonly proof: string | undefined; readonly url: string; readonly method: string }[];
  admit(token: string, visitor?: Partial<Visitor>): void;
  refuse(token: string, code: 'invalid_token' | 'use_dpop_nonce' | 'upstream_unavailable', status: number): void;
  revoke(token: string): void;
}

export function scriptedVerifier(): ScriptedVerifier {
  const verdicts = new Map<string, Awaited<ReturnType<Verifier['verifyPresented']>>>();
  const revoked = new Set<unknown>();
  const listeners = new Map<unknown, Set<() => void>>();
  const asked: ScriptedVerifier['asked'] = [];
  let nonces = 0;
  const refusal = (code: 'invalid_token' | 'use_dpop_nonce' | 'upstream_unavailable', status: number) =>
    ({ authorized: false, code, status, message: `refused: ${code}`, headers: {} }) as const;
  return {
    asked,
    verify: () => Promise.resolve(refusal('invalid_token', 401)),
    verifyPresented: async ({ token, proof, url, method }) => {
      asked.push({ token, proof, url: String(url), method });
      return verdicts.get(token) ?? refusal('invalid_token', 401);
    },
    isAlive: (visitor) => !revoked.has(visitor) && Date.now() < visitor.expiresAt,
    onRevoked(visitor, listener) {
      const heard = listeners.get(visitor) ?? new Set();
      listeners.set(visitor, heard.add(listener));
      return () => void heard.delete(listener);
    },
    nonce: () => `nonce-${++nonces}`,
    close: () => {},
    admit(token, visitor = {}) {
      verdicts.set(token, {
        authorized: true,
        identity: 'identity-1',
        account: `AC${'0'.repeat(32)}`,
        deployment: `DP${'0'.repeat(32)}`,
        grants: [{ grant: 'chat' }],
        session: 'session-1',
        sessionStartedAt: Date.now() / 1000,
        tokenId: token,
        fingerprintChecked: false,
        proofChecked: true,
        expiresAt: Date.now() + 1_800_000,
        expiration: Date.now() / 1000 + 1800,
        verifiedAt: Date.now(),
        ...visitor,
      });
    },
    refuse: (token, code, status) => void verdicts.set(token, refusal(code, status)),
    revoke(token) {
      const visitor = verdicts.get(token);
      revoked.add(visitor);
      for (const listener of listeners.get(visitor) ?? []) listener();
    },
  };
}

/** One end of a socket. */
export interface Client {
  readonly socket: WebSocket;
  readonly frames: ServerFrame[];
  /** With which code the server closed. */
  readonly closed: Promise<number>;
  send(frame: unknown): void;
  /** The next frame of a type that was not given before. */
  next<Type extends ServerFrame['type']>(type: Type): Promise<Extract<ServerFrame, { type: Type }>>;
}

/** A backend to connect to. */
export interface ChatHarness {
  readonly verifier: ScriptedVerifier;
  readonly chat: ChatBackend;
  readonly log: ChatEvent[];
  readonly socketUrl: string;
  /** Connections as the operating system counts them. */
  openConnections(): Promise<number>;
  /** Opens a socket, and waits for nothing. */
  connect(options?: { readonly headers?: Readonly<Record<string, string>>; readonly autoPong?: boolean }): Client;
  /** Opens one and presents a token; waits for the welcome. */
  board(token: string): Promise<Client & { readonly welcome: Extract<ServerFrame, { type: 'welcome' }> }>;
}

/**
 * Starts a backend that lives as long as the test, which moves the clocks with `vi.advanceTimersByTime`. Hearts beat only where
 * the limits say so: moved clocks outrun every answer.
 */
export async function startChat(limits: Partial<ChatLimits> = {}): Promise<ChatHarness> {
  // Not what Node itself carries sockets with.
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval', 'Date', 'performance'] });
  const verifier = scriptedVerifier();
  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const socketUrl = `ws://127.0.0.1:${(server.address() as AddressInfo).port}/socket`;
  const log: ChatEvent[] = [];
  const chat = createChatBackend({
    ...{ verifier, path: '/socket', allowedOrigins: [pageOrigin] },
    limits: { heartbeatMs: 2 ** 31 - 1, ...limits },
    log: (event) => log.push(event),
  });
  server.on('upgrade', (request, socket, head) => chat.handleUpgrade(request, socket, head) || socket.destroy());
  const opened: WebSocket[] = [];
  onTestFinished(async () => {
    for (const socket of opened) socket.terminate();
    chat.close();
    server.closeAllConnections();
    server.close();
    vi.useRealTimers();
  });

  const connect: ChatHarness['connect'] = (options = {}) => {
    const socket = new WebSocket(socketUrl, { origin: pageOrigin, ...options });
    opened.push(socket);
    const frames: ServerFrame[] = [];
    const waiting = new EventTarget();
    let given = 0;
    const closed = new Promise<number>((resolve) => {
      socket.on('close', (code) => {
        resolve(code);
        waiting.dispatchEvent(new Event('news'));
      });
    });
    socket.on('error', () => {});
    socket.on('message', (data) => {
      frames.push(JSON.parse(data.toString()) as ServerFrame);
      waiting.dispatchEvent(new Event('news'));
    });
    return {
      socket,
      frames,
      closed,
      send: (frame) => socket.send(typeof frame === 'string' ? frame : JSON.stringify(frame)),
      async next(type) {
        for (;;) {
          const index = frames.findIndex((frame, place) => place >= given && frame.type === type);
          const found = frames[index];
          if (found?.type === type) {
            given = index + 1;
            return found as Extract<ServerFrame, { type: typeof type }>;
          }
          if (socket.readyState === WebSocket.CLOSED)
            throw new Error(`closed without a frame ${type}: ${JSON.stringify(frames)}`);
          await once(waiting, 'news');
        }
      },
    };
  };
  return {
    ...{ verifier, chat, log, socketUrl, connect },
    openConnections: () => promisify(server.getConnections.bind(server))(),
    async board(token) {
      const client = connect();
      await client.next('hello');
      client.send({ token, proof: `proof of ${token}` });
      return { ...client, welcome: await client.next('welcome') };
    },
  };
}
