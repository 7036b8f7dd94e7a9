// What a visitor may ask of the model. Everything that is passed on is named here: a field that is not could make the model do,
// or the provider store, what nobody here thought of, or cost more than was reserved.

import type { IncomingMessage } from 'node:http';
import { ProxyRefusal } from './proxy-refusal.ts';

/** A request for a completion, checked. */
export interface CompletionRequest {
  readonly model: string;
  readonly messages: readonly { readonly role: string; readonly content: string }[];
  readonly stream: boolean;
  /** Whether the client wants the usage at the end of a stream. */
  readonly wantsUsage: boolean;
  /** How long the answer may be, in tokens, if the client said so. */
  readonly maxTokens: number | undefined;
  /** Settings of the model, passed on as they are. */
  readonly settings: Readonly<Record<string, unknown>>;
}

export const bodyBytesMax = 64 * 1024;
const messagesMax = 100;
const roles: readonly unknown[] = ['system', 'user', 'assistant'];
/** What a provider adds to each message, at most, to mark where it begins and whose it is. */
const tokensAroundMessage = 16;

const isNumberIn = (from: number, to: number) => (value: unknown) => typeof value === 'number' && value >= from && value <= to;
const isText = (value: unknown) => typeof value === 'string' && value.length <= 200;
const settings: Readonly<Record<string, (value: unknown) => boolean>> = {
  temperature: isNumberIn(0, 2),
  top_p: isNumberIn(0, 1),
  presence_penalty: isNumberIn(-2, 2),
  frequency_penalty: isNumberIn(-2, 2),
  seed: Number.isSafeInteger,
  stop: (value) => isText(value) || (Array.isArray(value) && value.length <= 4 && value.every(isText)),
};
const others = ['model', 'messages', 'stream', 'stream_options', 'max_tokens', 'max_completion_tokens'];

/**
 * Reads the body of a request: JSON of at most 64 KiB.
 * @throws ProxyRefusal where it is none, or asks for what is not passed on
 */
export async function readCompletionRequest(request: IncomingMessage): Promise<CompletionRequest> {
  if (!/^application\/json\s*(?:;|$)/i.test(request.headers['content-type'] ?? '')) {
    throw new ProxyRefusal(415, 'unsupported_media_type', 'Send application/json.');
  }
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request) {
    bytes += chunk.length;
    if (bytes > bodyBytesMax) throw new ProxyRefusal(413, 'payload_too_large', `A request has at most ${bodyBytesMax} bytes.`);
    chunks.push(chunk);
  }
  return checkCompletionRequest(parse(Buffer.concat(chunks).toString('utf8')));
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function checkCompletionRequest(body: unknown): CompletionRequest {
  if (!isObject(body)) throw invalid('The body is not a JSON object.');
  const { model, messages, stream = false, stream_options: streamOptions, max_tokens, max_completion_tokens } = body;
  const maxTokens = max_completion_tokens ?? max_tokens;
  if (typeof model !== 'string') throw invalid('model is missing.');
  if (!Array.isArray(messages) || messages.length === 0 || messages.length > messagesMax || !messages.every(isMessage)) {
    throw invalid(`messages has 1 to ${messagesMax} of {role, content}, whose content is text.`);
  }
  if (typeof stream !== 'boolean') throw invalid('stream is true or false.');
  if (maxTokens !== undefined && (!Number.isSafeInteger(maxTokens) || Number(maxTokens) < 1)) {
    throw invalid('max_completion_tokens is a whole number of at least 1.');
  }
  const rest = Object.entries(body).filter(([name]) => !others.includes(name));
  const wrong = rest.find(([name, value]) => !Object.hasOwn(settings, name) || !settings[name]?.(value));
  if (wrong !== undefined) throw invalid(`${wrong[0].slice(0, 40)} is not passed on here, or not with that value.`);
  return {
    model,
    messages: messages.map(({ role, content }) => ({ role, content })),
    stream,
    wantsUsage: isObject(streamOptions) && streamOptions.include_usage === true,
    maxTokens: maxTokens === undefined ? undefined : Number(maxTokens),
    settings: Object.fromEntries(rest),
  };
}

/** How many tokens a prompt can have at most: no token is shorter than a byte. */
export function promptTokensMax({ messages }: Pick<CompletionRequest, 'messages'>): number {
  return messages.reduce((sum, { content }) => sum + Buffer.byteLength(content) + tokensAroundMessage, tokensAroundMessage);
}

function isMessage(value: unknown): value is { role: string; content: string } {
  if (!isObject(value) || Object.keys(value).length !== 2) return false;
  return roles.includes(value.role) && typeof value.content === 'string';
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return value !== null && typeof value === 'object' && !Array.isArray(value);
}

const invalid = (message: string) => new ProxyRefusal(400, 'invalid_request', message);
