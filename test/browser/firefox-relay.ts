#!/usr/bin/env node
// Stands between Playwright and a Firefox as it is sold. Playwright speaks the newest WebDriver BiDi to it and stops where a
// Firefox of long support does not know a command yet. This program starts Firefox in its own place, passes every message
// on, and answers the one command that such a Firefox lacks, for the one value that is Firefox's own default.

import { spawn } from 'node:child_process';
import type { AddressInfo } from 'node:net';
import { createInterface } from 'node:readline';
import { type RawData, WebSocket, WebSocketServer } from 'ws';

const announcement = /^WebDriver BiDi listening on (ws:\/\/\S+)$/;

/** A message as far as the relay reads it. */
interface Command {
  readonly id?: number;
  readonly method?: string;
  readonly params?: { readonly features?: Readonly<Record<string, unknown>> };
}

/** The answer to a command that asks for light colours, which a headless Firefox has anyway. Others are Firefox's to refuse. */
export function answerForFirefox(message: string): string | undefined {
  const { id, method, params } = JSON.parse(message) as Command;
  if (method !== 'emulation.setMediaFeaturesOverride') return undefined;
  const asked = Object.entries(params?.features ?? {});
  const isDefault = asked.every(([name, value]) => name === 'prefers-color-scheme' && (value === 'light' || value === null));
  return isDefault ? JSON.stringify({ type: 'success', id, result: {} }) : undefined;
}

/** Takes Playwright's connection and opens one of its own to Firefox. Gives the address to connect to. */
async function relayTo(address: string): Promise<string> {
  const server = new WebSocketServer({ host: '127.0.0.1', port: 0, perMessageDeflate: false });
  server.on('connection', (client, { url = '/' }) => {
    const firefox = new WebSocket(new URL(url, address), { perMessageDeflate: false });
    const waiting: string[] = [];
    firefox.on('open', () => {
      for (const message of waiting) firefox.send(message);
    });
    firefox.on('message', (data: RawData) => client.send(String(data)));
    client.on('message', (data: RawData) => {
      const message = String(data);
      const answer = answerForFirefox(message);
      if (answer !== undefined) client.send(answer);
      else if (firefox.readyState === WebSocket.OPEN) firefox.send(message);
      else waiting.push(message);
    });
    for (const [one, other] of [
      [client, firefox],
      [firefox, client],
    ] as const) {
      one.on('close', () => other.close()).on('error', () => other.terminate());
    }
  });
  await new Promise((resolve) => server.once('listening', resolve));
  return `ws://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

if (import.meta.main) {
  const child = spawn(process.env.FIREFOX ?? 'firefox', process.argv.slice(2), { stdio: ['ignore', 'inherit', 'pipe'] });
  child.on('exit', (code) => process.exit(code ?? 1));
  child.on('error', ({ message }) => {
    console.error(message);
    process.exit(1);
  });
  for await (const line of createInterface(child.stderr)) {
    const address = announcement.exec(line)?.[1];
    console.error(address === undefined ? line : `WebDriver BiDi listening on ${await relayTo(address)}`);
  }
}
