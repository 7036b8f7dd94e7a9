// What a client gets whose bytes are no HTTP request that can be read: cut short, too slow, headers too large. No route and
// no handler ever sees it, yet the refusal has the shape of all others.

import { STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import { TLSSocket } from 'node:tls';
import { refusalBody, refusals } from '@gangway/contracts/refusals';

const reasons: Readonly<Record<string, string>> = {
  HPE_HEADER_OVERFLOW: 'The headers are too large.',
  ERR_HTTP_REQUEST_TIMEOUT: 'The request did not come in time.',
  ERR_SSL_HTTP_REQUEST: 'This port speaks https. Ask again with https:// in the address.',
};

/**
 * Answers and closes the connection.
 * @param docsUrl what the link to the docs begins with
 */
export function refuseUnreadable(error: Error & { code?: string }, socket: Socket, requestId: string, docsUrl: string): void {
  // After a handshake that failed or took too long, an answer would wait for its end, and hold the connection for ever.
  const unsecured = socket instanceof TLSSocket && /^ERR_(?:SSL|TLS)_/.test(error.code ?? '');
  if (error.code === 'ECONNRESET' || unsecured || !socket.writable) {
    socket.destroy();
    return;
  }
  const message = reasons[error.code ?? ''] ?? refusals.invalid_request.message;
  const body = JSON.stringify(refusalBody('invalid_request', message, requestId, docsUrl));
  const { status } = refusals.invalid_request;
  socket.end(
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\nContent-Type: application/json; charset=utf-8\r\nX-Request-Id: ${requestId}\r\n` +
      `Cache-Control: no-store\r\nConnection: close\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
  );
}
