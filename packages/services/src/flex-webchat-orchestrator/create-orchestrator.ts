// FlexWebchatOrchestrator (FWO): from a deployment key to a visitor's token. It decides on the origin and reads the
// browser's signals; identity and token are made behind it.

import type { Interface } from '@gangway/contracts/contract';
import type { flexWebchatOrchestrator } from '@gangway/contracts/flex-webchat-orchestrator';
import { createToken } from './create-token.ts';
import type { OrchestratorDependencies } from './dependencies.ts';
import { endSession } from './end-session.ts';
import { explainOrigin } from './explain-origin.ts';
import { init } from './init.ts';
import { refreshToken } from './refresh-token.ts';

/** The interface of the orchestrator. */
export type FlexWebchatOrchestrator = Interface<typeof flexWebchatOrchestrator>;

/** Makes the orchestrator. */
export function createOrchestrator(dependencies: OrchestratorDependencies): FlexWebchatOrchestrator {
  return {
    createToken: (input, context) => createToken(dependencies, input, context),
    refreshToken: (input, context) => refreshToken(dependencies, input, context),
    endSession: (input, context) => endSession(dependencies, input, context),
    init: (input, context) => init(dependencies, input, context),
    explainOrigin: (input, context) => explainOrigin(dependencies, input, context),
  };
}
