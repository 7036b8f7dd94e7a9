// The site of somebody who embeds a chat: pages of another origin than Gangway's, with the client as it is built.

import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type * as client from '@gangway/sdk';
import { bundleClient } from '../../../tools/build/client.ts';

declare global {
  interface Window {
    /** What the script tag gives. */
    Gangway: typeof client;
    /** The session that a test began in the page. */
    session: client.WebchatSession;
  }
}

/** Pages on this machine, whatever their path. */
export interface Site {
  readonly port: number;
  /** `http://localhost:…`: a secure context. */
  readonly origin: string;
  close(): void;
}

let built: ReturnType<typeof bundleClient> | undefined;

const page = (script: string) => `<!doctype html><title>shop</title><script src="/${script}"></script>`;

/**
 * Builds the client out of its sources and serves it beside empty pages: at `/without-proof` with the script that makes no
 * proofs, everywhere else with the one that does.
 */
export async function startSite(): Promise<Site> {
  built ??= bundleClient();
  const scripts = await built;
  const server = createServer(({ url = '/' }, response) => {
    const script = scripts[url.slice(1)]?.code;
    if (script !== undefined) response.setHeader('content-type', 'text/javascript').end(script);
    else {
      const wanted = url === '/without-proof' ? 'gangway-without-proof.js' : 'gangway.js';
      response.setHeader('content-type', 'text/html').end(page(wanted));
    }
  });
  const { promise, resolve } = Promise.withResolvers<void>();
  server.listen(0, '127.0.0.1', resolve);
  await promise;
  const { port } = server.address() as AddressInfo;
  return {
    port,
    origin: `http://localhost:${port}`,
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}
