// What the two ends of the socket say to each other: JSON in text frames. The widget imports the types alone, and learns
// every bound from the server.

/** Who a message is from: the visitor, in whichever tab, or the answering side. */
export type Author = 'visitor' | 'purser';

/** A message of the conversation. */
export interface Message {
  /** Made by the sender: what is sent twice is one message. */
  readonly id: string;
  readonly from: Author;
  readonly text: string;
  /** When the server took it: milliseconds since 1970, by its clock. */
  readonly at: number;
}

/** A token and the proof made for this socket: `htm` GET, `htu` the socket's address with http for ws, the last `nonce`, `ath`. */
export interface Presentation {
  readonly token: string;
  /** Left out where the session is bound to no key. */
  readonly proof?: string | undefined;
}

/** The visitor says something. */
export interface Say {
  readonly type: 'say';
  readonly id: string;
  readonly text: string;
}

/** Is anybody there? A browser's script cannot send the pings of the WebSocket protocol. */
export interface Ping {
  readonly type: 'ping';
}

export type ClientFrame = Presentation | Say | Ping;

/** Why a visitor was refused: a code of Gangway, or one of this chat. */
export type RefusedCode = string;

/** Why one frame was not taken; the connection lives on. */
export type RejectedCode = 'malformed' | 'too_long' | 'too_fast' | 'unavailable';

export type ServerFrame =
  /** Present yourself, with this nonce in the proof. Comes first, and again where a proof wants a fresher nonce. */
  | { readonly type: 'hello'; readonly nonce: string }
  | {
      readonly type: 'welcome';
      readonly identity: string;
      /** Seconds until the token expires. */
      readonly ttl: number;
      readonly nonce: string;
      readonly history: readonly Message[];
      /** The longest text that is taken, in UTF-16 code units, as `maxlength` of HTML counts. */
      readonly textLengthMax: number;
    }
  /** To all tabs of the visitor. For the one that said it, it is the acknowledgement. */
  | ({ readonly type: 'said' } & Message)
  | { readonly type: 'renewed'; readonly ttl: number; readonly nonce: string }
  | { readonly type: 'pong'; readonly nonce: string }
  | {
      readonly type: 'rejected';
      readonly code: RejectedCode;
      readonly message: string;
      /** Which message it was, where the frame said so. */
      readonly id?: string | undefined;
      readonly retryAfterMs?: number | undefined;
    }
  /** The last word; the connection closes. */
  | { readonly type: 'refused'; readonly code: RefusedCode; readonly message: string };

/** With which code the server closes (RFC 6455, 7.4.2: 4000 to 4999 are an application's own). */
export const closeCodes = {
  /** The visitor was refused, or is no longer who they were. */
  refused: 4401,
  /** The token could not be verified just now. */
  unavailable: 1013,
  /** Too many frames. */
  tooMany: 4429,
  /** The server stops. */
  goingAway: 1001,
} as const;
