/** The parts of a browser that are asked; tests and other runtimes bring their own. */
export interface BrowserFeatures {
    /** Says language and cookies. */
    readonly navigator: Pick<Navigator, 'language' | 'cookieEnabled'>;
    /** Makes the player that says what it can play. */
    readonly document: {
        createElement(name: 'video'): Pick<HTMLMediaElement, 'canPlayType'>;
    };
    /** Older iPhones have none: they simply cannot stream. */
    readonly MediaSource?: Pick<typeof MediaSource, 'isTypeSupported'>;
}
/**
 * Collects the signals of this browser.
 * @param loginTimestamp when the session began: milliseconds since 1970, as text; the same for all its refreshes
 */
export declare function collectSignals(loginTimestamp: string, browser?: BrowserFeatures): SignalHeaders;
/** The three request headers that carry the signals; each value is a JSON object of at most 1 KiB. */
export type SignalHeaders = Readonly<Record<'x-webchat-sec-usersettings' | 'x-webchat-sec-webchatinfo' | 'x-webchat-sec-decoders', string>>;
/** What Gangway says about the origin that asks. */
export interface OriginVerdict {
    /** The Origin header that the browser sent; null where it sent none, as with every GET to the page's own origin. */
    readonly origin: string | null;
    /** Whether pages of that origin may use the deployment. */
    readonly allowed: boolean;
    /** Why not. */
    readonly code?: 'origin_missing' | 'origin_not_allowed';
    /** The same in words. */
    readonly message?: string;
}
/** One grant of a token: its name is in `grant`, the rest is the operator's. */
export type Role = Readonly<Record<string, unknown>>;
/** Headers that go along with a request. */
export type SentHeaders = Readonly<Record<string, string>>;
/** A token and what it says of the visitor. */
export interface WebchatToken {
    /** Opaque: only Gangway reads it. */
    readonly token: string;
    /** The visitor: a random UUID, kept by every refresh. */
    readonly identity: string;
    /** When the token expires by the server's clock (ISO 8601, UTC). */
    readonly expiration: string;
    /** Seconds until then, for clients whose clock is wrong. */
    readonly ttl: number;
    /** What the token is good for. */
    readonly roles: readonly Role[];
}
/** Gangway refused, or could not be asked. */
export declare class GangwayError extends Error implements GangwayErrorDetails {
    /** For whoever has another copy of this class: `GangwayError`. */
    readonly name = "GangwayError";
    /** What happened, for programs; the message says it for people. */
    readonly code: GangwayErrorCode;
    /** The HTTP status; 0 where no answer came. */
    readonly status: number;
    /** Finds the request in the operator's log. */
    readonly requestId: string | undefined;
    /** Link to the page of the code in the docs. */
    readonly moreInfo: string | undefined;
    /** Seconds until another try makes sense, where the server said so. */
    readonly retryAfterSeconds: number | undefined;
    constructor(code: GangwayErrorCode, message: string, details?: GangwayErrorDetails, cause?: unknown);
    /** Whether the same request may succeed later: the network failed, or the server asks for patience. */
    get passing(): boolean;
    /** Whether the session can never go on: only `startAnew` helps. */
    get final(): boolean;
}
/** What an error carries besides its code and its words. */
interface GangwayErrorDetails {
    /** The HTTP status; 0 where no answer came. */
    readonly status?: number | undefined;
    /** Finds the request in the operator's log. */
    readonly requestId?: string | undefined;
    /** Link to the page of the code in the docs. */
    readonly moreInfo?: string | undefined;
    /** Seconds until another try makes sense. */
    readonly retryAfterSeconds?: number | undefined;
}
/** A code of the contract, or one of the SDK's own. */
export type GangwayErrorCode = ContractRefusalCode | OwnErrorCode;
/** The codes that Gangway refuses with. */
type ContractRefusalCode =
  | 'invalid_request'
  | 'not_found'
  | 'method_not_allowed'
  | 'payload_too_large'
  | 'unsupported_media_type'
  | 'deployment_not_found'
  | 'origin_not_allowed'
  | 'preflight_required'
  | 'fingerprint_generation_failed'
  | 'invalid_fingerprint'
  | 'invalid_token'
  | 'use_dpop_nonce'
  | 'invalid_dpop_proof'
  | 'rate_limited'
  | 'overloaded'
  | 'upstream_unavailable'
  | 'caller_not_allowed'
  | 'internal';
/** What the SDK says by itself, besides the codes of the contract. */
export type OwnErrorCode = 
/** No answer came, or the browser does not let this page read it. */
'network_error'
/** Something in between answered in the place of Gangway. */
 | 'unexpected_answer'
/** The consent hook did not say yes. It is asked again at the next call. */
 | 'consent_required'
/** The deployment requires a proof of possession, and this browser or build cannot make one, or not now; the message says why. */
 | 'proof_unavailable'
/** The session is bound to a key that this browser has lost. Only `startAnew` helps. */
 | 'proof_key_lost'
/** The session was ended, in this tab or another, or its storage was cleared. Only `startAnew` helps. */
 | 'session_ended'
/** `fetch` was asked to send the token to an origin that is not in `tokenOrigins`. Nothing was sent. */
 | 'token_origin_not_allowed';
/** An event by its name: `storage` (another tab wrote something), `online`, or one after which the page may have slept. */
export type PageEvent = Pick<Event, 'type'>;
/** Tells of events until the function that it gives is called. */
export type PageEvents = (tell: (event: PageEvent) => void) => () => void;
/** What a session is made from. All but the address and the key have a default. */
export interface SessionOptions {
    /** The public address of Gangway, such as `https://chat.example`; an empty text is the page's own origin. */
    readonly url: string;
    /** The public key of the deployment (`CV…`). */
    readonly deploymentKey: string;
    /**
     * Whether the visitor agrees. Before it says yes nothing is collected, stored or read, no key is made and nothing is
     * sent. It is asked when the session is made, and after a no at each call again. Without it, the page has seen to that.
     */
    readonly consent?: () => boolean | Promise<boolean>;
    /** The origins that `fetch` may send the token to, such as `https://api.chat.example`; by default the page's own alone. */
    readonly tokenOrigins?: readonly string[];
    /** Where the session is kept for reloads and other tabs; the default is `localStorage`, or memory where that is blocked. */
    readonly storage?: SessionStorage;
    /** Sends what the session sends; by default the browser's. */
    readonly fetch?: typeof globalThis.fetch;
    /** Gives the signal headers for a session that began at that time; by default `collectSignals`. */
    readonly signals?: (loginTimestamp: string) => SentHeaders;
    /** Time and timers; by default the browser's. */
    readonly clock?: SessionClock;
    /** Numbers in [0, 1); by default `Math.random`. */
    readonly random?: Random;
    /** By default the browser's Web Locks; null: as in a browser that has none. */
    readonly locks?: LockRequests | null;
    /** Tells what happens to the page; by default its own events. */
    readonly page?: PageEvents;
}
/** The part of the browser's `Storage` that a session uses. */
export type SessionStorage = Pick<Storage, 'getItem' | 'setItem' | 'removeItem'>;
/** Tells the time and wakes. */
export interface SessionClock {
    /** Milliseconds since 1970, as the visitor's machine has it: it may be wrong, and may jump. */
    now(): number;
    /** Milliseconds since some moment. Never jumps back, but may stand still while the machine sleeps. */
    elapsed(): number;
    /** Runs an action after a delay in milliseconds; the function it gives cancels that. */
    after(delayMs: number, action: () => void): () => void;
}
/** Numbers in [0, 1), such as `Math.random` gives. */
type Random = () => number;
/** The part of the browser's `LockManager` that is used. */
interface LockRequests {
    request<Value>(name: string, options: {
        readonly signal: AbortSignal;
    }, task: () => Promise<Value>): Promise<Value>;
}
/** A chat token that stays valid. */
export interface WebchatSession {
    /**
     * A token that is valid now: the one at hand, or one that is asked for.
     * @throws GangwayError where none can be had; after a failure that passes, the session goes on trying by itself
     */
    getToken(): Promise<string>;
    /**
     * Like `fetch`, with the token and, where the session has a key, the proof. Goes to `tokenOrigins` only. Redirects are
     * errors. Repeats once where the backend asks for a nonce, and once with a new token where it finds this one invalid.
     * @throws GangwayError `token_origin_not_allowed` before anything is sent, or what `getToken` throws; else what `fetch` throws
     */
    readonly fetch: typeof globalThis.fetch;
    /**
     * What a transport that is no `fetch` shows: the token, and a proof for one request to that address, such as the
     * opening of a WebSocket. `ws` and `wss` addresses count as `http` and `https`.
     * @param options the method of the request (`GET`), and the nonce that the other side gave; by default the last one of its origin
     * @throws GangwayError
     */
    present(url: string | URL, options?: {
        readonly method?: string;
        readonly nonce?: string;
    }): Promise<{
        readonly token: string;
        readonly proof: string | undefined;
    }>;
    /**
     * Refreshes at once, or begins where there is nothing to refresh. A newer token of another tab does as well.
     * @throws GangwayError
     */
    refresh(): Promise<void>;
    /**
     * Forgets this session, in all tabs, and begins another with another identity; one, however many tabs ask for it at once.
     * @throws GangwayError
     */
    startAnew(): Promise<void>;
    /**
     * Ends the session at the server, and forgets it and its key in all tabs. Fulfilled too where it was over already.
     * @throws GangwayError where the server could not be told: nothing is forgotten, so it can be tried again
     */
    end(): Promise<void>;
    /** The visitor: a random UUID; undefined where there is no session. */
    readonly identity: string | undefined;
    /** Milliseconds since 1970 by this browser's clock, or undefined where there is no token. */
    readonly expiresAt: number | undefined;
    /** Where the session stands: the same object until that changes. */
    readonly state: SessionState;
    /** Calls `listener` at every change of state, also by other tabs; the function it gives ends that. */
    onChange(listener: (state: SessionState) => void): () => void;
    /** Ends the timers and listeners of this object, those of `onChange` too. The session itself lives on in the storage. */
    close(): void;
}
/** A session as a page sees it. Times are milliseconds since 1970 by this browser's clock, reckoned from the server's `ttl`. */
export interface SessionState {
    /** Where it stands. */
    readonly status: SessionStatus;
    /** The visitor: a random UUID; undefined where there is no session. */
    readonly identity?: string | undefined;
    /** What the token is good for; empty where there is none. */
    readonly roles: readonly Role[];
    /** When the token expires; undefined where there is none. */
    readonly expiresAt?: number | undefined;
    /** When the session asks by itself the next time. */
    readonly nextRequestAt?: number | undefined;
    /** Whether the session is bound to a key, so that its token is worth nothing elsewhere. */
    readonly bound: boolean;
    /** Why it waits, was refused, or ended. */
    readonly error?: GangwayError | undefined;
}
/**
 * Where a session stands.
 * - `idle`: nothing was asked for yet
 * - `asking`: a request is under way
 * - `active`: there is a token, and it is refreshed in time
 * - `waiting`: a try failed in a way that passes, and another follows by itself
 * - `refused`: Gangway said no to this page or deployment. The session is kept, and tried again when the page wakes up, at a reload, or by `refresh`
 * - `ended`: the session is over for good; only `startAnew` helps
 */
export type SessionStatus = 'idle' | 'asking' | 'active' | 'waiting' | 'refused' | 'ended';
/** Keeps key pairs under numbers, which grow with time. */
export interface KeyStore {
    /** Undefined where there is none under that number. */
    get(key: number): Promise<CryptoKeyPair | undefined>;
    /** Keeps a pair; fulfilled when it will outlive the page. */
    put(key: number, pair: CryptoKeyPair): Promise<unknown>;
    /** Fulfilled too where there was none. */
    delete(key: number): Promise<unknown>;
}
/**
 * Makes a session whose token is bound to a key that this browser does not give away, where browser and deployment can.
 * One is enough for a page: another of the same deployment has the same session, and hears of what the first did to it when
 * it is asked, or within a minute.
 */
export declare function createWebchatSession(options: SessionOptions & {
    readonly keys?: KeyStore;
}): WebchatSession;
export {};
export as namespace Gangway;
