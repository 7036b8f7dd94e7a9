// What a listener that speaks TLS does before a connection is one of HTTP: bounds for the handshake, and a word to whoever
// comes without one.

import type { Socket } from 'node:net';
import type { SecureVersion, Server } from 'node:tls';

/**
 * The bounds of a handshake. Node allows it two minutes, in which no limit of HTTP counts yet: a client that connects and
 * says nothing would hold its connection for as long, and a stop of the node with it. Older versions of TLS than 1.2 are
 * not to be used (RFC 8996), whatever the defaults of the process are.
 */
export const handshakeBounds = { handshakeTimeout: 5000, minVersion: 'TLSv1.2' } as const satisfies {
  handshakeTimeout: number;
  minVersion: SecureVersion;
};

/**
 * Lets a listener answer requests that come in plain HTTP, in plain HTTP: a browser would otherwise show an empty answer.
 * @param refuse writes the answer and ends the connection
 */
export function refusePlainHttp(server: Server, refuse: (error: Error, socket: Socket) => void): void {
  // By the time TLS has understood, it has closed its side; the answer goes out on the connection beneath.
  const beneath = new Map<string, Socket>();
  server.on('connection', (socket) => {
    const peer = peerOf(socket);
    beneath.set(peer, socket);
    socket.once('close', () => beneath.get(peer) === socket && beneath.delete(peer));
  });
  server.on('tlsClientError', (error: Error & { code?: string }, secured) => {
    const socket = error.code === 'ERR_SSL_HTTP_REQUEST' ? beneath.get(peerOf(secured)) : undefined;
    if (socket !== undefined) refuse(error, socket);
  });
}

const peerOf = ({ remoteAddress, remotePort }: Socket) => `${remoteAddress} ${remotePort}`;
