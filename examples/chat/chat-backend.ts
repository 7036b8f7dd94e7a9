// The chat: which sockets are opened at all, and how many. A backend developer starts to read here, and goes on with
// visitor-socket.ts, which is what one of them goes through.

import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import type { Verifier } from '@gangway/verify';
import { type WebSocket, WebSocketServer } from 'ws';
import { allowOrigins } from './allowed-origins.ts';
import { keepConversations } from './conversations.ts';
import { type ChatLimits, defaultLimits } from './limits.ts';
import { closeCodes } from './protocol.ts';
import { type ChatEvent, serveVisitor } from './visitor-socket.ts';

/** What a chat is made from. */
export interface ChatOptions {
  /** Of `@gangway/verify`, with the `publicUrls` that pages open the socket at. The caller closes it. */
  readonly verifier: Verifier;
  /** The path of the socket, such as `/socket`. */
  readonly path: string;
  /** Whose pages may connect: `https://shop.example`, `http://localhost:*`. */
  readonly allowedOrigins: readonly string[];
  readonly limits?: Partial<ChatLimits>;
  /** Hears what happens, without tokens and texts. */
  readonly log?: (event: ChatEvent) => void;
}

/** A chat that takes upgrades. */
export interface ChatBackend {
  /**
   * Takes an upgrade request of a `node:http` server, or refuses it.
   * @returns false where its path is not the chat's: then nothing was done with it
   */
  handleUpgrade(request: IncomingMessage, socket: Duplex, head: Buffer): boolean;
  /** Sockets that are open, strangers' too. */
  readonly connections: number;
  /** Tells all to come back later, and closes. */
  close(): void;
}

/**
 * Makes a chat.
 * @throws TypeError where an origin is none
 */
export function createChatBackend({ verifier, path, allowedOrigins, log = () => {}, ...options }: ChatOptions): ChatBackend {
  const limits = { ...defaultLimits, ...options.limits };
  const isAllowed = allowOrigins(allowedOrigins);
  const conversations = keepConversations(limits);
  const strangers = new Set<WebSocket>();
  const server = new WebSocketServer({
    noServer: true,
    maxPayload: limits.frameBytesMax,
    // It costs memory for each socket, and mixes what a stranger writes with what is secret.
    perMessageDeflate: false,
    // Whoever does not close when told to is cut off. In a spread: the types do not know this option of ws yet.
    ...{ closeTimeout: limits.closingMs },
  });

  const judge = (origin: string | undefined, query: string | undefined): readonly [status: string, why: string] | undefined => {
    if (query !== undefined) {
      return ['400 Bad Request', 'The address has no query: a token goes into the first frame, where no log keeps it.'];
    }
    if (!isAllowed(origin)) return ['403 Forbidden', 'Pages of this origin may not open this chat.'];
    if (server.clients.size >= limits.socketsMax || strangers.size >= limits.strangersMax) {
      return ['503 Service Unavailable', 'Too many connections. Try again later.'];
    }
    return undefined;
  };

  return {
    handleUpgrade(request, socket, head) {
      const [asked, query] = (request.url ?? '').split('?', 2);
      if (asked !== path) return false;
      const refusal = judge(request.headers.origin, query);
      if (refusal !== undefined) refuseUpgrade(socket, ...refusal);
      else {
        server.handleUpgrade(request, socket, head, (open) =>
          serveVisitor(open, path, { verifier, conversations, strangers, limits, log }),
        );
      }
      return true;
    },
    get connections() {
      return server.clients.size;
    },
    close() {
      for (const socket of server.clients) socket.close(closeCodes.goingAway);
      server.close();
    },
  };
}

function refuseUpgrade(socket: Duplex, status: string, why: string): void {
  socket.on('error', () => {});
  const retry = status.startsWith('503') ? 'Retry-After: 10\r\n' : '';
  const head = `HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Type: text/plain; charset=utf-8\r\n${retry}`;
  // Closed from here: whoever leaves its own side open would hold the connection for ever.
  socket.end(`${head}Content-Length: ${Buffer.byteLength(why)}\r\n\r\n${why}`, () => socket.destroy());
}
