// A language model that answers the same each time, behind an API like OpenAI's: it says the words of the last message back. It
// costs a token for each word of the prompt and of the answer. What it is asked is kept; it can be made to wait and to fail.

import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';

export const providerKey = 'sk-of-the-provider';

interface Body {
  readonly messages: readonly { readonly content: string }[];
  readonly stream: boolean;
  readonly stream_options?: unknown;
  readonly max_completion_tokens: number;
  readonly [name: string]: unknown;
}
export interface AskedOfModel {
  readonly authorization: string | undefined;
  readonly body: Body;
  /** When whoever asked has left before the end. */
  readonly left: Promise<void>;
  readonly response: ServerResponse;
}

export interface LanguageModel {
  readonly url: string;
  readonly asked: readonly AskedOfModel[];
  /** From now on answers wait until the function that it gives is called. */
  hold(): () => void;
  /** From now on every request is answered by this, or as ever again. */
  fail(answer: ((response: ServerResponse) => void) | undefined): void;
}

const wordsOf = (text: string) => text.split(/\s+/).filter(Boolean);

/** Starts one, until the test ends. */
export async function startLanguageModel(): Promise<LanguageModel> {
  const asked: AskedOfModel[] = [];
  let gate: Promise<void> = Promise.resolve();
  let failure: ((response: ServerResponse) => void) | undefined;

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    let text = '';
    for await (const part of request.setEncoding('utf8')) text += part;
    const body = JSON.parse(text) as Body;
    const left = new Promise<void>((resolve) => response.once('close', () => response.writableFinished || resolve()));
    asked.push({ authorization: request.headers.authorization, body, left, response });
    if (failure !== undefined) return failure(response);
    const words = wordsOf(body.messages.at(-1)?.content ?? '').slice(0, body.max_completion_tokens);
    const prompt_tokens = body.messages.reduce((sum, { content }) => sum + wordsOf(content).length, 0);
    const usage = { prompt_tokens, completion_tokens: words.length, total_tokens: prompt_tokens + words.length };
    if (!body.stream) {
      await gate;
      const choices = [{ index: 0, message: { role: 'assistant', content: words.join(' ') }, finish_reason: 'stop' }];
      response.writeHead(200, { 'content-type': 'application/json', 'x-account-of-the-operator': 'secret' });
      return void response.end(JSON.stringify({ object: 'chat.completion', choices, usage }));
    }
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    const send = (data: object) => response.write(`data: ${JSON.stringify({ object: 'chat.completion.chunk', ...data })}\n\n`);
    for (const [place, content] of words.entries()) {
      send({ choices: [{ index: 0, delta: { content: `${content} ` } }], usage: null });
      if (place === 0) await gate;
    }
    send({ choices: [], usage });
    response.end('data: [DONE]\n\n');
  }

  const server = createServer((request, response) => void answer(request, response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`,
    asked,
    hold() {
      const { promise, resolve } = Promise.withResolvers<void>();
      gate = promise;
      return resolve;
    },
    fail(how) {
      failure = how;
    },
  };
}
