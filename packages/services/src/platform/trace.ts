// Who said what to whom while one request was served. The demo page draws it, and the flow tests hold it against the
// diagrams. A call without a trace pays one comparison.

import type { CallContext, Contract, Interface, Message, Operation } from '@gangway/contracts/contract';
import type { ServiceName } from '@gangway/contracts/participants';
import { Refusal } from '@gangway/contracts/refusals';

/** Members whose values may be shown: verdicts and codes. Of all others only the name is. */
const shownMembers = new Set([
  'authorized',
  'active',
  'valid',
  'message',
  'code',
  'encrypt',
  'purpose',
  'accessControlAllowOrigin',
]);
const shownText = /^[a-z_]{1,40}$|^\*$/;

/** Takes from a message's content what a trace may show of it. */
export function shownFields(content: unknown): Record<string, string> {
  if (content === null || typeof content !== 'object') return {};
  const fields: Record<string, string> = {};
  for (const [name, value] of Object.entries(content)) {
    if (value === undefined) continue;
    if (name === 'body') Object.assign(fields, shownFields(value));
    else if (name === 'status') fields[name] = String(value);
    else fields[name] = shownMembers.has(name) && shownText.test(String(value)) ? String(value) : '…';
  }
  return fields;
}

/** How the diagrams write an operation: its method and its canonical path, with `ACXXXXX` for the account. */
export function operationLabel(operation: Pick<Operation, 'method' | 'paths'>): string {
  return `${operation.method} ${operation.paths[0].replace(':accountSid', 'ACXXXXX')}`;
}

/** Wraps a neighbour's interface such that calls of one caller leave their messages in the trace, where there is one. */
export function traced<C extends Contract>(caller: ServiceName, contract: C, neighbour: Interface<C>): Interface<C> {
  type Call = (input: unknown, context: CallContext) => Promise<unknown>;
  const wrapped: Record<string, Call> = {};
  for (const [name, operation] of Object.entries(contract.operations)) {
    const call = (neighbour as Record<string, Call>)[name];
    if (call === undefined) throw new TypeError(`${contract.participant} lacks the operation ${name}`);
    const label = operationLabel(operation);
    const callee = contract.participant;
    wrapped[name] = (input, context) =>
      context.trace === undefined ? call(input, context) : record(context.trace, input, () => call(input, context));
    const record = async (trace: Message[], input: unknown, ask: () => Promise<unknown>): Promise<unknown> => {
      trace.push({ from: caller, to: callee, kind: 'request', label, fields: shownFields(input) });
      try {
        const answer = await ask();
        trace.push({ from: callee, to: caller, kind: 'answer', label: '', fields: shownFields(answer) });
        return answer;
      } catch (error) {
        const code = error instanceof Refusal ? error.code : 'internal';
        trace.push({ from: callee, to: caller, kind: 'answer', label: '', fields: { code } });
        throw error;
      }
    };
  }
  return wrapped as Interface<C>;
}
