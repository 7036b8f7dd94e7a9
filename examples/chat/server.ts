// A chat server in one process, to copy from: the page with the widget, and the socket that it talks to. It asks Gangway
// who a visitor is with a credential of its own. `node server.ts`; every setting is an environment variable.

import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createVerifier } from '@gangway/verify';
import { createChatBackend } from './chat-backend.ts';
import { type PageFile, readPageFiles } from './page-files.ts';
import { readServerSettings } from './server-settings.ts';

const settings = readServerSettings(process.env);
const { gangwayUrl, deploymentKey, publicUrl } = settings;
const { origin } = new URL(publicUrl);
const files = deploymentKey === undefined ? new Map<string, PageFile>() : readPageFiles({ gangwayUrl, deploymentKey });

/** One line of JSON for each event. What must not be in a log is not handed to it. */
const log = (event: object) => console.log(JSON.stringify({ at: new Date().toISOString(), ...event }));

const verifier = createVerifier({ url: settings.serviceUrl, credential: settings.credential, publicUrls: [origin] });
const chat = createChatBackend({ verifier, path: '/socket', allowedOrigins: settings.allowedOrigins, log });

/** The page runs what came from here and from the node, talks to both, and is framed by nobody. */
const node = new URL(gangwayUrl).origin;
const headers = {
  'content-security-policy': `default-src 'none'; script-src 'self' ${node}; style-src 'self'; connect-src 'self' ${origin.replace(/^http/, 'ws')} ${node}; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`,
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cache-control': 'no-cache',
};

function answerPage(request: IncomingMessage, response: ServerResponse): void {
  const file = files.get(request.url ?? '');
  if (file === undefined) return void response.writeHead(404, headers).end();
  if (request.method !== 'GET' && request.method !== 'HEAD') return void response.writeHead(405, { allow: 'GET' }).end();
  response.writeHead(200, { ...headers, 'content-type': file.contentType }).end(file.content);
}

const server = createServer(answerPage);
server.on('upgrade', (request, socket, head) => {
  // Nobody else listens on a socket that was upgraded, and an error that nobody hears ends the process.
  socket.on('error', () => socket.destroy());
  if (chat.handleUpgrade(request, socket, head)) return;
  socket.end('HTTP/1.1 404 Not Found\r\nConnection: close\r\n\r\n', () => socket.destroy());
});
server.listen(settings.port, settings.host, () => console.log(`The chat is at ${publicUrl}`));

function stop(): void {
  chat.close();
  verifier.close();
  server.close(() => process.exit(0));
  // A connection that is kept alive would keep the process alive as well.
  server.closeIdleConnections();
}
process.once('SIGTERM', stop);
process.once('SIGINT', stop);
