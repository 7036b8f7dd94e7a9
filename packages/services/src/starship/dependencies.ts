// What Starship works with.

import type { Interface, Message } from '@gangway/contracts/contract';
import type { flexWebchatOrchestrator } from '@gangway/contracts/flex-webchat-orchestrator';
import type { scopedAuth } from '@gangway/contracts/scoped-auth';
import type { ListenerOptions } from '../platform/listener.ts';
import type { AccessLog, Log } from '../platform/log.ts';
import type { Metrics } from '../platform/metrics.ts';

/** What Starship needs. */
export interface StarshipDependencies {
  readonly orchestrator: Interface<typeof flexWebchatOrchestrator>;
  readonly log: Log;
  readonly accessLog: AccessLog;
  readonly metrics: Metrics;
  readonly scopedAuth: Pick<Interface<typeof scopedAuth>, 'publishedKeys'>;
  /** The addresses that visitors use, without a slash at their end: the first for the links in refusals, all for proofs. */
  readonly publicUrls: () => readonly string[];
  /** How many requests may be under way before more are refused. */
  readonly concurrencyMax: number;
  /** Takes the messages of a request when it is answered; without it no trace is kept. */
  readonly keepTrace?: ((requestId: string, trace: readonly Message[]) => void) | undefined;
  readonly listener: Pick<ListenerOptions, 'tls' | 'trustedProxies'>;
}
