// Answers POST /v1/chat/completions for visitors: who is it, what may they ask, what is left of their day; then the provider is
// asked with a key that the visitor never sees, and what the answer cost is taken off.

import type { IncomingMessage, ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { refusalBody, type Verifier, type Visitor } from '@gangway/verify';
import type { Budget, Reservation, Shortage } from './budget.ts';
import { type Meter, passEvents, readAnswer } from './completion-answer.ts';
import { type CompletionRequest, promptTokensMax, readCompletionRequest } from './completion-request.ts';
import { allowPages } from './cors.ts';
import { llmGrantOf } from './llm-grant.ts';
import { ProxyRefusal } from './proxy-refusal.ts';

/** What the proxy stands on. */
export interface LlmProxyOptions {
  readonly verifier: Pick<Verifier, 'verify' | 'nonce' | 'onRevoked'>;
  readonly budget: Budget;
  /** The origins whose pages may ask (`https://www.owlbikes.example`). */
  readonly allowedOrigins: readonly string[];
  readonly provider: Provider;
  /** Hears what an operator should know. Nothing of what a visitor wrote, and no key. */
  readonly log: (event: object) => void;
}

/** An API like OpenAI's. */
export interface Provider {
  /** Up to `/v1`. */
  readonly url: string;
  readonly key: string;
  /** What the provider calls the longest answer: older ones and many others know `max_tokens` alone. */
  readonly maxTokensField: 'max_completion_tokens' | 'max_tokens';
  /** How long an answer may take in all (milliseconds). */
  readonly timeoutMs: number;
}

/** How long an answer may be where the client does not say (tokens). */
const answerTokensUsual = 1024;

/** Makes the handler of requests. */
export function createLlmProxy(options: LlmProxyOptions): (request: IncomingMessage, response: ServerResponse) => Promise<void> {
  const { verifier, allowedOrigins, log } = options;
  return async (request, response) => {
    try {
      response.setHeader('cache-control', 'no-store');
      if (allowPages(request, response, allowedOrigins)) return;
      if (request.url !== '/v1/chat/completions') throw new ProxyRefusal(404, 'not_found', 'There is nothing here.');
      if (request.method !== 'POST') throw new ProxyRefusal(405, 'method_not_allowed', 'Only POST is answered here.');
      const verdict = await verifier.verify(request);
      if (!verdict.authorized) {
        for (const [name, value] of Object.entries(verdict.headers)) response.setHeader(name, value);
        return send(response, verdict.status, refusalBody(verdict));
      }
      // The next proof needs it (RFC 9449, section 8.2).
      if (verdict.proofChecked) response.setHeader('dpop-nonce', verifier.nonce());
      await complete(options, verdict, await readCompletionRequest(request), response);
    } catch (error) {
      if (!(error instanceof ProxyRefusal) && !request.destroyed) log({ problem: 'a request failed', reason: String(error) });
      refuse(response, error instanceof ProxyRefusal ? error : new ProxyRefusal(500, 'internal', 'Something went wrong here.'));
    }
  };
}

async function complete(
  options: LlmProxyOptions,
  visitor: Visitor,
  asked: CompletionRequest,
  response: ServerResponse,
): Promise<void> {
  const { verifier, budget, provider, log } = options;
  const grant = llmGrantOf(visitor);
  if (grant === undefined) throw new ProxyRefusal(403, 'not_granted', 'This deployment grants no language model.');
  if (!grant.models.includes(asked.model))
    throw new ProxyRefusal(403, 'model_not_granted', `Ask one of: ${grant.models.join(', ')}.`);

  if (response.destroyed) return;
  const prompt = promptTokensMax(asked);
  const range = { min: prompt + 1, max: prompt + (asked.maxTokens ?? answerTokensUsual) };
  const reserved = budget.reserve(visitor.identity, grant.tokensPerDay, range);
  if ('shortOf' in reserved) throw shortageRefusal(reserved);

  // Whoever leaves, is revoked, or waits too long has the provider stop too.
  const stop = new AbortController();
  let isRevoked = false;
  const unwatch = verifier.onRevoked(visitor, () => {
    isRevoked = true;
    stop.abort();
  });
  const onClose = () => stop.abort();
  response.once('close', onClose);
  const signal = AbortSignal.any([stop.signal, AbortSignal.timeout(provider.timeoutMs)]);
  const spending = new Spending(reserved, prompt);
  try {
    const answer = await ask(provider, asked, reserved.tokens - prompt, signal, log);
    spending.begin(asked.stream);
    await passOn(answer, asked, spending.meter, response, signal);
  } catch (error) {
    if (error instanceof ProxyRefusal) throw error;
    // What of an answer was sent already cannot be taken back: it ends without its last event.
    if (response.headersSent) return void response.destroy();
    // Nobody heard whether the provider was at work already. Whoever makes it wait is not to have that for nothing.
    if (signal.aborted) spending.begin(asked.stream);
    if (isRevoked) throw new ProxyRefusal(401, 'invalid_token', 'The token no longer counts.');
    throw new ProxyRefusal(502, 'provider_failed', 'The language model could not be asked. Try again.');
  } finally {
    unwatch();
    response.off('close', onClose);
    spending.end();
  }
}

/** What a request is charged: what the provider says; where it did not come to that, what it could have been at most. */
class Spending {
  readonly meter: Meter = { usage: undefined, textBytes: 0 };
  readonly #reserved: Reservation;
  readonly #prompt: number;
  #atMost: (() => number) | undefined;

  constructor(reserved: Reservation, prompt: number) {
    this.#reserved = reserved;
    this.#prompt = prompt;
  }

  /** From here on the provider is at work, and costs. Of a stream it is known how far it came. */
  begin(isStream: boolean): void {
    this.#atMost = () => Math.min(this.#reserved.tokens, isStream ? this.#prompt + this.meter.textBytes : this.#reserved.tokens);
  }

  end(): void {
    this.#reserved.settle(this.meter.usage ?? this.#atMost?.() ?? 0);
  }
}

async function ask(
  { url, key, maxTokensField }: Provider,
  { model, messages, stream, settings }: CompletionRequest,
  answerTokensMax: number,
  signal: AbortSignal,
  log: LlmProxyOptions['log'],
): Promise<Response> {
  const answer = await fetch(`${url}/chat/completions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
    body: JSON.stringify({
      ...{ model, messages, ...settings, [maxTokensField]: answerTokensMax, stream },
      ...(stream && { stream_options: { include_usage: true } }),
    }),
    redirect: 'error',
    signal,
  });
  if (answer.ok && answer.body !== null) return answer;
  // Its words are for the operator, if for anybody: they may name the account, or quote the key.
  await answer.body?.cancel();
  log({ problem: 'the provider refused', status: answer.status });
  const retryAfter = Number(answer.headers.get('retry-after'));
  if (answer.status === 429 || answer.status === 503) {
    throw new ProxyRefusal(503, 'provider_busy', 'The language model is busy. Try again soon.', Math.min(3600, retryAfter || 5));
  }
  throw new ProxyRefusal(502, 'provider_failed', 'The language model could not be asked.');
}

async function passOn(
  answer: Response,
  asked: CompletionRequest,
  meter: Meter,
  response: ServerResponse,
  signal: AbortSignal,
): Promise<void> {
  const body = answer.body as AsyncIterable<Uint8Array>;
  if (!asked.stream) {
    const whole = await readAnswer(body, meter);
    if (whole === undefined) throw new Error('The provider answered no JSON.');
    return send(response, 200, whole);
  }
  response.writeHead(200, { 'content-type': 'text/event-stream', 'x-accel-buffering': 'no' });
  await pipeline(Readable.from(passEvents(body, meter, asked.wantsUsage)), response, { signal });
}

function shortageRefusal({ shortOf, retryAfterSeconds }: Shortage): ProxyRefusal {
  if (shortOf === 'own budget') {
    const message = 'Your tokens for today are spent, or held by requests under way.';
    return new ProxyRefusal(429, 'budget_spent', message, retryAfterSeconds);
  }
  return new ProxyRefusal(503, 'overloaded', 'All that may be spent today is spent.', retryAfterSeconds);
}

function refuse(response: ServerResponse, { status, code, message, retryAfterSeconds }: ProxyRefusal): void {
  if (response.headersSent || response.destroyed) return void response.destroy();
  if (retryAfterSeconds !== undefined) response.setHeader('retry-after', String(retryAfterSeconds));
  if (status === 405) response.setHeader('allow', 'POST');
  // What is left of a body that was too long is not waited for.
  if (status === 413) response.setHeader('connection', 'close');
  send(response, status, { code, message, status });
}

function send(response: ServerResponse, status: number, content: object): void {
  const body = Buffer.from(JSON.stringify(content));
  response.writeHead(status, { 'content-type': 'application/json', 'content-length': body.length }).end(body);
}
