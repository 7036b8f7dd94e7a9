// WebSockets (the `ws` package, and whatever has its events): a browser's WebSocket sends no headers, and an address is in
// every log, so token and proof come in the first frame, `{"token": …, "proof": …}`, and in a later one before they expire.

import { pathOf } from './proof/target-uri.ts';
import type { Visitor } from './verdict.ts';
import type { Verifier } from './verifier.ts';

/** What is needed of a socket; a WebSocket of `ws` has it. */
export interface SocketLike {
  /** 1 while it is open. */
  readonly readyState: number;
  /** Calls with each frame, and whether it is a binary one. */
  on(event: 'message', listener: (data: unknown, isBinary: boolean) => void): unknown;
  /** Calls once, whoever closed it. */
  on(event: 'close', listener: () => void): unknown;
  /** Calls where the other side broke the protocol. */
  on(event: 'error', listener: () => void): unknown;
  /** Closes it with a code and a reason (RFC 6455, section 7.1.5). */
  close(code: number, reason: string): void;
}

/** Why a socket is closed, or a token was not taken. Both are for the client. */
export interface SocketRefusal {
  /** A code of the verifier, or `malformed`, `late`, `expired`, `revoked`, `other_session`, `too_many_tokens`, or your judge's. */
  readonly code: string;
  /** Why, for people. */
  readonly message: string;
}

/** What is told of a socket. `hello` and `message` are needed. */
export interface SocketEvents {
  /** Send this nonce to the client: its proof needs one. Called at once, and again where a proof came with another. */
  hello(nonce: string): void;
  /** A frame of a visitor who counts at this moment; not one that brings a token. */
  message(data: unknown, visitor: Visitor, isBinary: boolean): void;
  /** The first token that counts has come. Tell the client: what it says before is taken for no token. */
  welcomed?(visitor: Visitor): void;
  /** A later token of the same session takes its place. */
  renewed?(visitor: Visitor): void;
  /** A later token could not be judged just now. The one before it goes on to its end. */
  notRenewed?(refusal: SocketRefusal): void;
  /** The last word: the socket is closed right after it. */
  refused?(refusal: SocketRefusal): void;
}

/** How a socket is held to its token. */
export interface SocketOptions {
  /** The path and query of the handshake (`request.url`), which the proof is made for, with the verifier's `publicUrls`. */
  readonly url: string | undefined;
  /** Says why a visitor whose token counts is refused all the same, such as for want of a grant. Asked at each renewal too. */
  readonly judge?: (visitor: Visitor) => SocketRefusal | undefined;
  /** How long the first token may take until it is verified: 5 seconds. */
  readonly firstFrameMs?: number;
  /** How many tokens a socket may present within a minute: 20. Each costs a verification. */
  readonly tokensPerMinuteMax?: number;
}

/** With which code a socket is closed (RFC 6455, section 7.4; 4000 to 4999 are for applications). */
export const closeCodes = {
  /** Whoever is no visitor, or no longer. */
  refused: 4401,
  /** Nobody said no: the first token cannot be judged just now. Try again later. */
  unavailable: 1013,
} as const;

const frameLengthMax = 16 * 1024;
/** The longest that a timer can be set to. */
const timerMsMax = 2 ** 31 - 1;
/** The verifier goes by the clock of the service, which need not agree with this one to the millisecond. */
const sameTimeMs = 1000;
/** The `readyState` of a socket that is neither closed nor closing. */
const open = 1;

/**
 * Holds a socket to its token. One that counts must come first and in time; every message is checked against expiry and
 * revocation in memory; a later token goes over the same socket. Who is no visitor, or no longer, is closed with 4401 and the
 * code as the reason. Bound the frames (`maxPayload`): a stranger's are read before anybody knows who it is.
 * @example
 * const server = new WebSocketServer({ port: 8080, maxPayload: 16 * 1024 });
 * server.on('connection', (socket, request) => {
 *   holdToToken(verifier, socket, { url: request.url }, {
 *     hello: (nonce) => socket.send(JSON.stringify({ nonce })),
 *     welcomed: ({ identity }) => socket.send(JSON.stringify({ identity })),
 *     message: (data, { identity }) => socket.send(`${identity}: ${data}`),
 *   });
 * });
 */
export function holdToToken(
  verifier: Pick<Verifier, 'verifyPresented' | 'isAlive' | 'onRevoked' | 'nonce'>,
  socket: SocketLike,
  { url = '/', judge = () => undefined, firstFrameMs = 5000, tokensPerMinuteMax = 20 }: SocketOptions,
  events: SocketEvents,
): void {
  let visitor: Visitor | undefined;
  let turn = Promise.resolve();
  const path = pathOf(url);
  let tokens = { count: 0, since: performance.now() };
  let stopWatching = () => {};
  let timer = setTimeout(() => end({ code: 'late', message: `No token within ${firstFrameMs / 1000} s.` }), firstFrameMs);

  socket.on('message', (data, isBinary) => {
    if (socket.readyState !== open) return;
    const presented = isBinary ? undefined : readPresented(data);
    if (presented !== undefined) queue(presented);
    else if (visitor === undefined) end({ code: 'malformed', message: 'The first frame is {"token", "proof"}.' });
    else if (stillCounts(visitor)) events.message(data, visitor, isBinary);
  });
  // An error that nobody hears would end the process: any stranger can cause one. The socket is closed with it.
  socket.on('error', () => {});
  socket.on('close', stop);
  events.hello(verifier.nonce());

  /** One at a time, in the order in which they came. */
  function queue(presented: PresentedFrame) {
    const now = performance.now();
    if (now - tokens.since >= 60_000) tokens = { count: 0, since: now };
    tokens.count += 1;
    if (tokens.count > tokensPerMinuteMax) return end({ code: 'too_many_tokens', message: 'Too many tokens on one socket.' });
    turn = turn.then(() => present(presented));
  }

  async function present({ token, proof }: PresentedFrame): Promise<void> {
    if (socket.readyState !== open) return;
    const verdict = await verifier.verifyPresented({ token, proof, method: 'GET', url: path });
    if (socket.readyState !== open) return;
    if (verdict.authorized) return take(verdict);
    if (verdict.code === 'use_dpop_nonce') return events.hello(verifier.nonce());
    if (verdict.status < 500) return end(verdict);
    if (visitor === undefined) return end(verdict, closeCodes.unavailable);
    events.notRenewed?.({ code: verdict.code, message: verdict.message });
  }

  function take(next: Visitor) {
    const held = visitor;
    // With another's token one would go on in a conversation under another name.
    if (held !== undefined && (held.session !== next.session || held.identity !== next.identity)) {
      return end({ code: 'other_session', message: 'That token is of another session. Connect anew for it.' });
    }
    const refusal = judge(next);
    if (refusal !== undefined) return end(refusal);
    visitor = next;
    stop();
    stopWatching = verifier.onRevoked(next, () => stillCounts(next));
    waitForEnd(next);
    // It may have been revoked while it was being verified.
    if (!stillCounts(next)) return;
    if (held === undefined) events.welcomed?.(next);
    else events.renewed?.(next);
  }

  function waitForEnd(held: Visitor): void {
    const waitMs = Math.min(timerMsMax, Math.max(500, held.expiresAt - Date.now()));
    // Clocks differ by a little and are set back, and a timer has a longest time: then it is not over yet.
    timer = setTimeout(() => stillCounts(held) && waitForEnd(held), waitMs);
  }

  /** Whether a visitor counts now; who does not is told, and closed. */
  function stillCounts(held: Visitor): boolean {
    if (verifier.isAlive(held)) return true;
    if (Date.now() < held.expiresAt - sameTimeMs) end({ code: 'revoked', message: 'The session was ended.' });
    else end({ code: 'expired', message: 'The token has expired. Connect again with a fresh one.' });
    return false;
  }

  function end({ code, message }: SocketRefusal, closeCode: number = closeCodes.refused): void {
    stop();
    if (socket.readyState !== open) return;
    events.refused?.({ code, message });
    socket.close(closeCode, code);
  }

  function stop(): void {
    clearTimeout(timer);
    stopWatching();
  }
}

interface PresentedFrame {
  readonly token: string;
  readonly proof: string | undefined;
}

/** The token and proof in a frame, or undefined where it is any other frame. */
function readPresented(data: unknown): PresentedFrame | undefined {
  const length = (data as { readonly length?: unknown } | null)?.length;
  if (typeof length !== 'number' || length > frameLengthMax) return undefined;
  try {
    const { token, proof }: Partial<Record<string, unknown>> = JSON.parse(String(data));
    if (typeof token !== 'string' || (proof !== undefined && proof !== null && typeof proof !== 'string')) return undefined;
    return { token, proof: proof ?? undefined };
  } catch {
    return undefined;
  }
}
