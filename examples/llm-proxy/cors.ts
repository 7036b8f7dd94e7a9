// Which pages may ask, and what they may read of the answer. It binds browsers alone; what binds everybody is the token.

import type { IncomingMessage, ServerResponse } from 'node:http';

/** Sets the headers of CORS; answers a preflight, which bears no token, and gives true then. */
export function allowPages(request: IncomingMessage, response: ServerResponse, allowedOrigins: readonly string[]): boolean {
  const { origin } = request.headers;
  response.setHeader('vary', 'Origin');
  if (origin !== undefined && allowedOrigins.includes(origin)) {
    response.setHeader('access-control-allow-origin', origin);
    response.setHeader('access-control-expose-headers', 'DPoP-Nonce, WWW-Authenticate, Retry-After');
  }
  if (request.method !== 'OPTIONS') return false;
  response.writeHead(204, {
    'access-control-allow-methods': 'POST',
    'access-control-allow-headers': 'Authorization, DPoP, Content-Type',
    'access-control-max-age': '600',
  });
  response.end();
  return true;
}
