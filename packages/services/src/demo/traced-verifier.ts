// A verifier that leaves a trace of each token that it judged, for the page to draw: what the socket brought, what was
// asked at the service port, what came of it, and how it ended. Names of fields and codes alone; never a token, a proof or an
// identity.

import { AsyncLocalStorage } from 'node:async_hooks';
import { createHash } from 'node:crypto';
import type { Verdict, Verifier, Visitor } from '@gangway/verify';
import { shownFields } from '../platform/trace.ts';
import type { TraceStore } from '../platform/trace-store.ts';
import type { DrawnMessage } from './drawn-message.ts';

/** What a socket's frame presents. */
type Presented = Parameters<Verifier['verifyPresented']>[0];

/** The WebSocket protocol knows no status; the chat closes with these codes (examples/chat/protocol.ts). */
const closedAsRefused = '4401';
const closedAsUnavailable = '1013';

/**
 * The id of a trace, which the page computes as well: whoever knows token and proof made the request. It is no way back to
 * either, both of which hold at least 128 random bits.
 */
export function presentationId({ token, proof }: Pick<Presented, 'token' | 'proof'>): string {
  return createHash('sha256')
    .update(`${token}\n${proof ?? ''}`)
    .digest('hex')
    .slice(0, 32);
}

/** Of the trace of how a visitor's session ended: the id under which it was let in last, and this. */
const ending = '-end';

/** Makes a verifier whose `verifyPresented` is traced, and whose `onRevoked`. `create` gives it the fetch that it asks with. */
export function tracedVerifier(
  create: (fetch: typeof globalThis.fetch) => Verifier,
  traces: Pick<TraceStore<DrawnMessage>, 'keep'>,
): Verifier {
  const current = new AsyncLocalStorage<DrawnMessage[]>();
  const lastIds = new WeakMap<Visitor, string>();
  const verifier = create(async (input, init) => {
    const trace = current.getStore();
    const asked = trace === undefined ? undefined : askedOf(input, init);
    if (trace === undefined || asked === undefined) return fetch(input, init);
    trace.push(asked);
    const response = await fetch(input, init);
    trace.push(answer('scoped-auth', 'backend', await fieldsOf(response.clone())));
    return response;
  });
  return {
    ...verifier,
    verifyPresented: async (presented) => {
      const { token: _token, proof } = presented;
      const fields = { token: '…', ...(proof !== undefined && { proof: '…' }) };
      const trace: DrawnMessage[] = [{ ...arrow('customer', 'backend'), kind: 'request', label: 'WebSocket frame', fields }];
      const verdict = await current.run(trace, () => verifier.verifyPresented(presented));
      trace.push(...closing(verdict));
      const id = presentationId(presented);
      traces.keep(id, trace);
      if (verdict.authorized) lastIds.set(verdict, id);
      return verdict;
    },
    onRevoked: (visitor, listener) =>
      verifier.onRevoked(visitor, () => {
        const id = lastIds.get(visitor);
        if (id !== undefined) traces.keep(id + ending, heardOfEnd);
        listener();
      }),
  };
}

function arrow(from: DrawnMessage['from'], to: DrawnMessage['to']): Pick<DrawnMessage, 'from' | 'to'> {
  return { from, to };
}

function answer(from: DrawnMessage['from'], to: DrawnMessage['to'], fields: DrawnMessage['fields']): DrawnMessage {
  return { from, to, kind: 'answer', label: '', fields };
}

/** The feed is asked all the time; what is drawn is the time at which it told. */
const heardOfEnd: readonly DrawnMessage[] = [
  { ...arrow('backend', 'scoped-auth'), kind: 'request', label: 'GET /v1/Revocations', fields: { after: '…' } },
  answer('scoped-auth', 'backend', { revocations: '…' }),
  answer('backend', 'customer', { status: closedAsRefused, code: 'revoked' }),
];

/** What the backend found by itself, and told the visitor. */
function closing(verdict: Verdict): readonly DrawnMessage[] {
  const step = (label: string): DrawnMessage => ({ ...arrow('backend', 'backend'), kind: 'step', label, fields: {} });
  if (verdict.authorized) {
    const found = verdict.proofChecked
      ? 'The proof fits key, address, nonce and token, and is new'
      : 'The token is bound to no key: no proof is asked for';
    return [step(found), answer('backend', 'customer', { authorized: 'true', identity: '…' })];
  }
  const { code, status } = verdict;
  // Asked to try again, over the same socket.
  if (code === 'use_dpop_nonce') return [answer('backend', 'customer', { nonce: '…' })];
  const found = code === 'invalid_dpop_proof' ? [step('The token is bound to a key; the proof is missing or invalid')] : [];
  return [...found, answer('backend', 'customer', { status: status < 500 ? closedAsRefused : closedAsUnavailable, code })];
}

function askedOf(...[input, init]: Parameters<typeof fetch>): DrawnMessage {
  const request = new URL(input instanceof Request ? input.url : input);
  const method = init?.method ?? (input instanceof Request ? input.method : 'GET');
  const label = `${method} ${request.pathname}`;
  return { ...arrow('backend', 'scoped-auth'), kind: 'request', label, fields: shownFields(bodyOf(init?.body)) };
}

/** The members of a body that is a form or JSON. */
function bodyOf(body: RequestInit['body']): unknown {
  if (body instanceof URLSearchParams) return Object.fromEntries(body);
  if (typeof body !== 'string') return undefined;
  return body.startsWith('{') ? JSON.parse(body) : Object.fromEntries(new URLSearchParams(body));
}

async function fieldsOf(response: Response): Promise<DrawnMessage['fields']> {
  const body: unknown = await response.json().catch(() => undefined);
  return response.ok ? shownFields(body) : { status: String(response.status), ...shownFields(body) };
}
