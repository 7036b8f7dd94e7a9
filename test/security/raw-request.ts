// A request of bytes that no HTTP client would send, and the head of the answer as it came over the wire.

import { connect } from 'node:net';

/** The lines of an answer's head: its status and its header lines, uninterpreted. */
export interface RawHead {
  readonly status: number;
  readonly lines: readonly string[];
}

const timeLimitMs = 10_000;

/** Sends a request and gives the head of the first answer; the connection ends with it. */
export function sendRaw(baseUrl: string, request: Buffer): Promise<RawHead> {
  return new Promise((resolve, reject) => {
    const socket = connect(Number(new URL(baseUrl).port), '127.0.0.1');
    const received: Buffer[] = [];
    socket.setTimeout(timeLimitMs, () => socket.destroy(new Error('no answer to a raw request')));
    socket.on('data', (part: Buffer) => {
      received.push(part);
      const [head, ...rest] = Buffer.concat(received).toString('latin1').split('\r\n\r\n');
      if (rest.length === 0 || head === undefined) return;
      const [statusLine = '', ...lines] = head.split('\r\n');
      resolve({ status: Number(statusLine.split(' ')[1]), lines });
      socket.destroy();
    });
    socket.on('error', reject);
    socket.on('close', () => reject(new Error('the connection was closed without an answer')));
    socket.write(request);
  });
}

/** A POST of JSON as bytes; header values go as they are. */
export function rawPost(path: string, headers: readonly (readonly [string, Buffer])[], body: object): Buffer {
  const text = JSON.stringify(body);
  const own = `POST ${path} HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: ${Buffer.byteLength(text)}\r\nconnection: close\r\n`;
  const lines = headers.flatMap(([name, value]) => [Buffer.from(`${name}: `), value, Buffer.from('\r\n')]);
  return Buffer.concat([Buffer.from(own), ...lines, Buffer.from(`\r\n${text}`)]);
}
