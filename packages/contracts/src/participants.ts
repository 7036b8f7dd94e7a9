// The six participants of the diagrams, by the names their folders bear.

/** The participants that run on the server, in the order in which a request meets them. */
export const serviceNames = [
  'starship',
  'flex-webchat-orchestrator',
  'federated-auth',
  'scoped-auth',
  'flex-configuration',
] as const;

/** A participant that runs on the server. */
export type ServiceName = (typeof serviceNames)[number];

/** Who may stand in a contract's list of callers: a service, a backend with a credential of its own, or the operator at the admin port. */
export type Caller = ServiceName | 'backend' | 'operator';

/** The letters by which the diagrams call each participant. */
export const diagramLetters = {
  customer: 'C',
  starship: 'S',
  'flex-webchat-orchestrator': 'FWO',
  'federated-auth': 'FAS',
  'scoped-auth': 'SAS',
  'flex-configuration': 'FC',
} as const;

/** Anyone who sends or receives a message in the diagrams. */
export type Participant = keyof typeof diagramLetters;
