// The demo's chat: the backend of examples/chat, let in at /demo/chat of the public listener. It is a backend like any
// other: it has a credential of its own, for the demo's account alone, and asks Scoped Auth at the service port. Nothing
// of it is loaded where no demo runs.

import type { IncomingMessage, Server } from 'node:http';
import type { Duplex } from 'node:stream';
import type { CallContext, Interface } from '@gangway/contracts/contract';
import type { operator } from '@gangway/contracts/operator';
import type { Log } from '../platform/log.ts';
import type { TraceStore } from '../platform/trace-store.ts';
import type { DrawnMessage } from './drawn-message.ts';

/** The path of the socket. */
export const chatPath = '/demo/chat';
/** Under this name an operator finds it among the backends. */
export const chatBackendName = 'Demo chat (of this node)';

/** What the chat stands on. */
export interface DemoChatGround {
  /** Of the public listener, which listens already. */
  readonly server: Server;
  /** The addresses that visitors use: the page's own origins, and what proofs are compared with. */
  readonly publicUrls: readonly string[];
  /** Where Scoped Auth answers backends. */
  readonly serviceUrl: string;
  /** The account of the demo's deployment. */
  readonly accountSid: string;
  readonly operations: Pick<Interface<typeof operator>, 'createBackend' | 'listBackends' | 'rotateBackend'>;
  readonly traces: Pick<TraceStore<DrawnMessage>, 'keep'>;
  readonly log: Pick<Log, 'warn'>;
}

/**
 * Opens the chat.
 * @returns closes it, and every socket of it
 */
export async function openDemoChat(ground: DemoChatGround): Promise<() => void> {
  const { server, publicUrls, serviceUrl, traces, log } = ground;
  const [{ createChatBackend }, { createVerifier }, { tracedVerifier }] = await Promise.all([
    import('@gangway/example-chat'),
    import('@gangway/verify'),
    import('./traced-verifier.ts'),
  ]);
  const credential = await takeCredential(ground);
  const origins = publicUrls.map((url) => new URL(url).origin);
  const report = (problem: unknown) => log.warn({ reason: String(problem) }, 'the demo chat cannot verify');
  const verifier = tracedVerifier(
    (fetch) => createVerifier({ url: serviceUrl, credential, publicUrls: origins, report, fetch }),
    traces,
  );
  const chat = createChatBackend({ verifier, path: chatPath, allowedOrigins: origins });

  const upgrade = (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    if (!chat.handleUpgrade(request, socket, head)) socket.destroy();
  };
  // Upgrades of any other path (curl asks for one to HTTP/2) stay requests like all others, as where no chat is.
  const before = Object.getOwnPropertyDescriptor(server, 'shouldUpgradeCallback');
  Object.assign(server, { shouldUpgradeCallback: isForChat });
  server.on('upgrade', upgrade);
  return () => {
    server.off('upgrade', upgrade);
    if (before !== undefined) Object.defineProperty(server, 'shouldUpgradeCallback', before);
    chat.close();
    verifier.close();
  };
}

function isForChat({ url, headers }: IncomingMessage): boolean {
  return url?.split('?', 1)[0] === chatPath && headers.upgrade?.toLowerCase() === 'websocket';
}

/** A credential for this run: that of the last one is replaced, so that one row is kept, and no secret anywhere but in memory. */
async function takeCredential({ operations, accountSid }: DemoChatGround): Promise<string> {
  const context: CallContext = { requestId: 'demo' };
  const { backends } = await operations.listBackends({}, context);
  const mine = backends.find(
    ({ name, accounts, revokedAt }) =>
      name === chatBackendName && revokedAt === null && accounts.length === 1 && accounts[0] === accountSid,
  );
  if (mine !== undefined) {
    const rotation = await operations.rotateBackend({ id: mine.id }, context);
    if (rotation.rotated) return rotation.credential;
  }
  return (await operations.createBackend({ name: chatBackendName, accounts: [accountSid] }, context)).credential;
}
