// The socket, for as long as the visitor wants one: presents the session, renews it, notices when the line is dead though
// nobody said so (a laptop that slept), and comes back by itself.

import type { ClientFrame, Presentation, ServerFrame } from '../protocol.ts';
import { type ChatSession, problemOf, type SessionProblem } from './chat-session.ts';
import { reconnectDelayMs } from './reconnect-delay.ts';

/** `waiting`: another try follows by itself. `refused`: only the visitor can go on, with a new chat. `ended`: likewise, and nobody is to blame. */
export type ConnectionStatus =
  | { readonly kind: 'closed' | 'connecting' | 'open' | 'waiting' | 'offline' | 'ended' }
  | { readonly kind: 'refused'; readonly problem: SessionProblem };

/** What the widget listens to. */
export interface ConnectionListener {
  status(status: ConnectionStatus): void;
  frame(frame: ServerFrame): void;
  /** Every frame that goes or comes, as it is but for token and proof, which are left out. */
  traffic?(direction: 'sent' | 'received', frame: object): void;
}

/** A connection that lives on through reconnects. */
export interface ChatConnection {
  readonly status: ConnectionStatus;
  /** Connects, or tries at once where it waits. */
  open(): void;
  /** Sends, and says whether there was a line to send on; whether it arrived only the server can say. */
  send(frame: ClientFrame): boolean;
  /** Leaves this session behind and connects with a new one. */
  startAnew(): Promise<void>;
  close(): void;
}

/** From the first try to the welcome. */
const connectMs = 15_000;
const heartbeatMs = 20_000;
const pongMs = 5000;

/**
 * Makes a connection, which does nothing before it is opened.
 * @param socketUrl `ws` or `wss`, without query: proofs are made for it
 */
export function createChatConnection(session: ChatSession, socketUrl: string, listener: ConnectionListener): ChatConnection {
  let status: ConnectionStatus = { kind: 'closed' };
  let socket: WebSocket | undefined;
  let failures = 0;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let deadline: ReturnType<typeof setTimeout> | undefined;
  let nonce: string | undefined;
  /** Whom the server knows, and by which token. */
  let welcomed: string | undefined;
  let confirmed: string | undefined;
  let presented: string | undefined;
  /** One refresh answers a refusal; a second refusal without a welcome between is final. */
  let refreshed = false;
  let refusal: SessionProblem | undefined;

  const become = (next: ConnectionStatus) => {
    status = next;
    listener.status(next);
  };
  const wants = () => status.kind !== 'closed' && status.kind !== 'refused' && status.kind !== 'ended';
  const leave = () => {
    clearTimeout(timer);
    clearTimeout(deadline);
    const left = socket;
    socket = undefined;
    left?.close();
  };
  const sendFrame = (to: WebSocket, frame: ClientFrame) => {
    to.send(JSON.stringify(frame));
    listener.traffic?.('sent', 'token' in frame ? describe(frame) : frame);
  };

  const connect = async () => {
    leave();
    if (!navigator.onLine) return become({ kind: 'offline' });
    become({ kind: 'connecting' });
    refusal = undefined;
    // Before the socket: the server waits 5 s for a token, and a visitor's consent may take longer.
    const failed = await session.getToken().then(() => undefined, problemOf);
    if (status.kind !== 'connecting' || socket !== undefined) return;
    if (failed !== undefined) return failed.passing ? retry() : become({ kind: 'refused', problem: failed });
    const opening = new WebSocket(socketUrl);
    socket = opening;
    deadline = setTimeout(lost, connectMs, opening);
    opening.onmessage = ({ data }) => opening === socket && take(opening, JSON.parse(String(data)) as ServerFrame);
    opening.onclose = () => lost(opening);
  };
  /** The line is gone, or as good as gone. */
  const lost = (which: WebSocket) => {
    if (which !== socket) return;
    leave();
    if (!wants()) return;
    if (refusal !== undefined) void answerRefusal(refusal);
    else retry();
  };
  const retry = () => {
    if (!navigator.onLine) return become({ kind: 'offline' });
    failures += 1;
    clearTimeout(timer);
    timer = setTimeout(connect, reconnectDelayMs(failures));
    become({ kind: 'waiting' });
  };

  const take = (from: WebSocket, frame: ServerFrame) => {
    listener.traffic?.('received', frame);
    if ('nonce' in frame) nonce = frame.nonce;
    if (frame.type === 'hello') return void present(from);
    if (frame.type === 'pong') {
      failures = 0;
      // What was presented and never confirmed goes again.
      presented = confirmed;
      void renewIfDue();
      return beatLater();
    }
    if (frame.type === 'refused') {
      refusal = frame;
      return;
    }
    if (frame.type === 'welcome') {
      clearTimeout(deadline);
      refreshed = false;
      welcomed = frame.identity;
      beatLater();
    }
    if (frame.type === 'welcome' || frame.type === 'renewed') confirmed = presented;
    listener.frame(frame);
    if (frame.type === 'welcome') become({ kind: 'open' });
    void renewIfDue();
  };
  /** Shows the server the token that has taken the place of the one it knows. */
  const renewIfDue = async () => {
    const line = socket;
    const isOpen = () => line !== undefined && line === socket && status.kind === 'open' && session.identity === welcomed;
    if (line === undefined || !isOpen()) return;
    const token = await session.getToken().catch(() => undefined);
    if (token !== undefined && token !== presented && isOpen()) await present(line);
  };
  const present = async (to: WebSocket) => {
    const shown = await session.present(socketUrl, { method: 'GET', nonce: nonce ?? '' }).catch(problemOf);
    if (to !== socket) return;
    if ('code' in shown) {
      // The token that the server has still counts; the next heartbeat tries again.
      if (shown.passing && status.kind === 'open') return;
      refusal = shown.passing ? undefined : shown;
      return lost(to);
    }
    presented = shown.token;
    sendFrame(to, { token: shown.token, ...(shown.proof === undefined ? {} : { proof: shown.proof }) });
  };
  const answerRefusal = async (problem: SessionProblem) => {
    // Too many, or not just now: nothing is wrong with the visitor.
    if (passing.has(problem.code)) return retry();
    if (welcomed !== undefined && session.identity === undefined) return become({ kind: 'ended' });
    if (refreshed || final.has(problem.code)) return become({ kind: 'refused', problem });
    refreshed = true;
    become({ kind: 'connecting' });
    const failed = problem.code === 'other_session' ? undefined : await session.refresh().then(() => undefined, problemOf);
    if (status.kind !== 'connecting' || socket !== undefined) return;
    // At once, unless that was no help before.
    if (failed === undefined) return failures++ === 0 ? connect() : retry();
    return failed.passing ? retry() : become({ kind: 'refused', problem: failed });
  };

  const beatLater = () => {
    clearTimeout(deadline);
    clearTimeout(timer);
    timer = setTimeout(beat, heartbeatMs);
  };
  const beat = () => {
    if (socket?.readyState !== WebSocket.OPEN || status.kind !== 'open') return;
    clearTimeout(timer);
    clearTimeout(deadline);
    deadline = setTimeout(lost, pongMs, socket);
    sendFrame(socket, { type: 'ping' });
  };

  const stopFollowing = session.onChange(({ identity, expiresAt }) => {
    if (identity === undefined || expiresAt === undefined) return;
    const isLeft = status.kind === 'refused' || status.kind === 'ended';
    // Another tab began anew, or the visitor has agreed only now.
    if (identity !== welcomed && (isLeft || status.kind === 'open')) void connect();
    else void renewIfDue();
  });
  const wake = () => {
    if (status.kind === 'open') beat();
    else if (status.kind === 'waiting' || status.kind === 'offline') void connect();
  };
  const wakeIfSeen = () => document.visibilityState === 'visible' && wake();
  const offline = () => {
    if (!wants()) return;
    leave();
    become({ kind: 'offline' });
  };
  const sleep = () => {
    if (!wants()) return;
    leave();
    become({ kind: 'waiting' });
  };
  const listening = new AbortController();
  addEventListener('online', wake, { signal: listening.signal });
  // An open socket would keep the page out of the back-forward cache.
  addEventListener('pagehide', sleep, { signal: listening.signal });
  addEventListener('offline', offline, { signal: listening.signal });
  addEventListener('pageshow', wakeIfSeen, { signal: listening.signal });
  document.addEventListener('visibilitychange', wakeIfSeen, { signal: listening.signal });
  document.addEventListener('resume', wake, { signal: listening.signal });

  return {
    get status() {
      return status;
    },
    open() {
      if (status.kind === 'closed' || status.kind === 'waiting') void connect();
    },
    send(frame) {
      if (status.kind !== 'open' || socket?.readyState !== WebSocket.OPEN) return false;
      sendFrame(socket, frame);
      return true;
    },
    async startAnew() {
      leave();
      become({ kind: 'connecting' });
      refreshed = false;
      welcomed = undefined;
      const failed = await session.startAnew().then(() => undefined, problemOf);
      if (failed === undefined) await connect();
      else become({ kind: 'refused', problem: failed });
    },
    close() {
      leave();
      listening.abort();
      stopFollowing();
      become({ kind: 'closed' });
    },
  };
}

/** Refusals that pass by themselves. */
const passing: ReadonlySet<string> = new Set(['too_many_tabs', 'too_many_frames', 'upstream_unavailable', 'overloaded', 'late']);
/** Refusals that no fresh token changes. */
const final: ReadonlySet<string> = new Set(['not_granted', 'malformed']);

function describe({ proof }: Presentation): object {
  return { token: '…', ...(proof === undefined ? {} : { proof: '…' }) };
}
