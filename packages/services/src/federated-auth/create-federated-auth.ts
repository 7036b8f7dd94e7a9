// Federated Auth (FAS): an anonymous visitor's identity and roles. It holds no keys and stores nothing: what a session
// is, its token says.

import type { Interface } from '@gangway/contracts/contract';
import type { federatedAuth } from '@gangway/contracts/federated-auth';
import { createToken } from './create-token.ts';
import type { FederatedAuthDependencies } from './dependencies.ts';
import { endSession } from './end-session.ts';
import { refreshToken } from './refresh-token.ts';

/** The interface of Federated Auth. */
export type FederatedAuth = Interface<typeof federatedAuth>;

/** Makes Federated Auth. */
export function createFederatedAuth(dependencies: FederatedAuthDependencies): FederatedAuth {
  return {
    createToken: (input, context) => createToken(dependencies, input, context),
    refreshToken: (input, context) => refreshToken(dependencies, input, context),
    endSession: (input, context) => endSession(dependencies, input, context),
  };
}
