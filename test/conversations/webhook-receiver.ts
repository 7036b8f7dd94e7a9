// An operator's chat system, as far as it is told of conversations: a real HTTP server that keeps what it hears, and checks
// signatures by itself, as the specification of Standard Webhooks says, with nothing of ours.

import { createHmac, timingSafeEqual } from 'node:crypto';
import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What was delivered. */
export interface Delivery {
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
  readonly body: { readonly type?: string; readonly timestamp?: string; readonly data?: Readonly<Record<string, unknown>> };
}

/** A receiver that listens. */
export interface WebhookReceiver {
  readonly url: string;
  readonly deliveries: readonly Delivery[];
  /** Says how the next deliveries are answered; 200 until it is called. */
  answerWith(answer: (response: ServerResponse) => void): void;
  close(): Promise<void>;
}

/** Starts a receiver on a free port, or on the one of a receiver before it. */
export async function startWebhookReceiver(port = 0): Promise<WebhookReceiver> {
  const deliveries: Delivery[] = [];
  let answer: (response: ServerResponse) => void = (response) => response.writeHead(200).end();
  const server = createServer((request, response) => {
    let text = '';
    request.setEncoding('utf8').on('data', (part: string) => {
      text += part;
    });
    request.on('end', () => {
      deliveries.push({ headers: request.headers, text, body: JSON.parse(text) as Delivery['body'] });
      answer(response);
    });
  });
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/conversations?via=gangway`,
    deliveries,
    answerWith: (given) => {
      answer = given;
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** Whether a delivery is signed with a secret, and of about this moment (Standard Webhooks 1.0.0, "Verifying webhook authenticity"). */
export function isSigned({ headers, text }: Delivery, secret: string, nowMs: number): boolean {
  const id = String(headers['webhook-id']);
  const timestamp = String(headers['webhook-timestamp']);
  if (Math.abs(Number(timestamp) - nowMs / 1000) > 300) return false;
  const key = Buffer.from(secret.slice('whsec_'.length), 'base64');
  const expected = createHmac('sha256', key).update(`${id}.${timestamp}.${text}`).digest();
  return String(headers['webhook-signature'])
    .split(' ')
    .some((signature) => {
      const [version, encoded = ''] = signature.split(',');
      const given = Buffer.from(encoded, 'base64');
      return version === 'v1' && given.length === expected.length && timingSafeEqual(given, expected);
    });
}
