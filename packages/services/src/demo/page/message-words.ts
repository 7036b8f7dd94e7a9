// How a message between two participants is written on its arrow, and read aloud.

import { diagramLetters } from '@gangway/contracts/participants';
import type { DrawnMessage, Lifeline } from '../drawn-message.ts';

/** The participants from left to right, as the diagrams draw them; the backend, which is none of them, stands where a visitor meets it. */
const lifelines: readonly { readonly participant: Lifeline; readonly letter: string; readonly name: string }[] = [
  { participant: 'customer', letter: diagramLetters.customer, name: 'Customer' },
  { participant: 'backend', letter: 'B', name: 'Chat backend' },
  { participant: 'starship', letter: diagramLetters.starship, name: 'Starship' },
  {
    participant: 'flex-webchat-orchestrator',
    letter: diagramLetters['flex-webchat-orchestrator'],
    name: 'Flex Webchat Orchestrator',
  },
  { participant: 'federated-auth', letter: diagramLetters['federated-auth'], name: 'Federated Auth' },
  { participant: 'scoped-auth', letter: diagramLetters['scoped-auth'], name: 'Scoped Auth' },
  { participant: 'flex-configuration', letter: diagramLetters['flex-configuration'], name: 'Flex Configuration' },
];

/** The lifelines of some messages: all those of the diagrams, or, where a backend checks a token, those that it meets. */
export function lifelinesOf(messages: readonly DrawnMessage[]): typeof lifelines {
  const met = new Set(messages.flatMap(({ from, to }) => [from, to]));
  return lifelines.filter(({ participant }) => (met.has('backend') ? met.has(participant) : participant !== 'backend'));
}

/** What stands on an arrow. */
export interface MessageWords {
  readonly text: string;
  /** The fields, in small print. */
  readonly detail: string;
  /** A refusal, or a step that led to one. */
  readonly refused: boolean;
}

/** Puts a message into words. `fieldsMax`: of more fields than that only the telling ones are named. */
export function wordsOf({ kind, label, fields }: DrawnMessage, fieldsMax = Number.POSITIVE_INFINITY): MessageWords {
  if (kind === 'step') return { text: label, detail: '', refused: /throws|\binvalid\b/i.test(label) };
  if (kind === 'request') return { text: label, detail: listed(fields, fieldsMax), refused: false };

  const { status, code, authorized, valid, message, ...others } = fields;
  const refused = authorized === 'false' || valid === 'false' || (code !== undefined && code !== 'origin_missing');
  if (refused) {
    const verdict = authorized === undefined ? code : message;
    const judged = [authorized && `authorized: ${authorized}`, valid && `valid: ${valid}`].filter(Boolean);
    return { text: [status, verdict].filter(Boolean).join(' '), detail: judged.join(', '), refused };
  }
  const text = [status, authorized && `authorized: ${authorized}`, code].filter(Boolean).join(' ');
  const detail = listed(others, fieldsMax);
  return text === '' ? { text: detail, detail: '', refused } : { text, detail, refused };
}

/** What the diagrams name; of a long list of fields these stay. */
const telling = [
  'token',
  'identity',
  'fingerprint',
  'allowedOrigins',
  'addressSid',
  'deploymentKeys',
  'fingerprintSensitivity',
  'grants',
  'ttl',
];

function listed(fields: DrawnMessage['fields'], fieldsMax: number): string {
  const all = Object.entries(fields);
  if (all.length <= fieldsMax) return all.map(written).join(', ');
  const weight = ([name, value]: readonly [string, string]) => {
    const place = telling.indexOf(name);
    return value !== '…' ? -1 : place === -1 ? telling.length : place;
  };
  const kept = all.toSorted((one, other) => weight(one) - weight(other)).slice(0, fieldsMax - 1);
  return `${kept.map(written).join(', ')} and ${all.length - kept.length} more`;
}

/** A message as a sentence: `Customer asks Starship: POST /v2/Webchat/Token (deploymentKey)`. */
export function sentenceOf(message: DrawnMessage): string {
  const { text, detail } = wordsOf(message);
  const from = nameOf(message.from);
  const said = `${text}${detail === '' ? '' : ` (${detail})`}`;
  if (message.kind === 'step') return `${from}: ${said}`;
  return `${from} ${message.kind === 'request' ? 'asks' : 'answers'} ${nameOf(message.to)}: ${said}`;
}

function nameOf(participant: Lifeline): string {
  return lifelines.find((lifeline) => lifeline.participant === participant)?.name ?? participant;
}

/** Names that the wire writes long, as the diagrams write them. */
function written([name, value]: readonly [string, string]): string {
  const shown = name === 'accessControlAllowOrigin' ? 'ACAO' : name;
  return value === '…' ? shown : `${shown}: ${value}`;
}
