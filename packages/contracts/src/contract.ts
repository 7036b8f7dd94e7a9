// What a contract is. One value says path, schemas and permitted callers; the types of an implementation, its HTTP
// listener, its HTTP client and its documentation all follow from it, so that nothing is declared twice.

import type { Static, TSchema } from 'typebox';
import type { Caller, Participant, ServiceName } from './participants.ts';

/** One thing that a participant can be asked to do. */
export interface Operation<Input extends TSchema = TSchema, Answer extends TSchema = TSchema> {
  /** One sentence for the API reference. */
  readonly summary: string;
  readonly method: 'GET' | 'POST';
  /** Path templates (`/v1/Accounts/:accountSid/Tokens`); the first is canonical, the others are aliases. */
  readonly paths: readonly [string, ...string[]];
  /** Who may call it over HTTP. In one process nobody else holds the function. */
  readonly callers: readonly Caller[];
  /** Path parameters, and the query (GET) or the JSON body (POST), as one object. */
  readonly input: Input;
  readonly answer: Answer;
  /** A rule beyond the list of callers: whether this caller may ask for just this. */
  readonly admits?: (caller: Caller, input: Static<Input>) => boolean;
  /** How long a caller in another process waits for the answer. */
  readonly latencyMsMax: number;
}

/** All operations of one participant. */
export interface Contract<Operations extends Record<string, Operation> = Record<string, Operation>> {
  readonly participant: ServiceName;
  readonly operations: Operations;
}

/** A message that was sent while a request was served: what a sequence diagram draws as one arrow. */
export interface Message {
  readonly from: Participant;
  readonly to: Participant;
  readonly kind: 'request' | 'answer' | 'step';
  /** `POST /v1/ScopedAuthTokens/validate`, or the words of a step. */
  readonly label: string;
  /** The fields that were sent, by name. Values only of booleans and codes: never of a token, a key or a signal. */
  readonly fields: Readonly<Record<string, string>>;
}

/** A backend outside of Gangway that proved who it is. */
export interface Backend {
  readonly id: string;
  /** The accounts whose tokens it may ask about. */
  readonly accounts: readonly string[];
}

/** What accompanies a call through every participant it meets. */
export interface CallContext {
  readonly requestId: string;
  /** Present where a backend asks: it may hear of its own accounts alone. */
  readonly backend?: Backend;
  /** Present where somebody asked to see the messages of this request (the demo page, the flow tests). */
  readonly trace?: Message[];
}

/** The interface that an implementation of a contract offers, and that a connection to it offers likewise. */
export type Interface<C extends Contract> = {
  readonly [Name in keyof C['operations']]: (input: InputOf<C, Name>, context: CallContext) => Promise<AnswerOf<C, Name>>;
};

/** What an operation of a contract takes. */
export type InputOf<C extends Contract, Name extends keyof C['operations']> = Static<C['operations'][Name]['input']>;
/** What an operation of a contract answers. */
export type AnswerOf<C extends Contract, Name extends keyof C['operations']> = Static<C['operations'][Name]['answer']>;

/** Keeps the exact types of an operation's schemas; gives its argument back. */
export function operation<Input extends TSchema, Answer extends TSchema>(
  definition: Operation<Input, Answer>,
): Operation<Input, Answer> {
  return definition;
}

/** Notes a step that a participant takes by itself (an arrow to itself in the diagrams). Costs nothing without a trace. */
export function noteStep(context: CallContext, participant: ServiceName, label: string): void {
  context.trace?.push({
    from: participant,
    to: participant,
    kind: 'step',
    label,
    fields: {},
  });
}
