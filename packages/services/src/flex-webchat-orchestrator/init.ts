// POST /v2/Webchat/Init: begins a session and a conversation. What it receives about a person goes to the conversation's
// record only.

import type { AnswerOf, CallContext, InputOf } from '@gangway/contracts/contract';
import type { flexWebchatOrchestrator } from '@gangway/contracts/flex-webchat-orchestrator';
import { Refusal } from '@gangway/contracts/refusals';
import { answerVisitor } from './answer-visitor.ts';
import { beginSession, type Wish } from './begin-session.ts';
import type { OrchestratorDependencies } from './dependencies.ts';

type InitInput = InputOf<typeof flexWebchatOrchestrator, 'init'>;

/** Begins a session as Token does, keeps the identity that a token bears out, and opens a conversation for it. */
export async function init(
  dependencies: OrchestratorDependencies,
  input: InitInput,
  context: CallContext,
): Promise<AnswerOf<typeof flexWebchatOrchestrator, 'init'>> {
  const { deploymentKey, visitor, customerFriendlyName, preEngagementData } = input;
  // Its shape, as that of the other fields, is judged before the deployment is looked for.
  checkJsonObject(preEngagementData);
  return answerVisitor(dependencies, deploymentKey, visitor, context, async (deployment) => {
    const { configuration } = deployment;
    const answer = await beginSession(
      dependencies,
      deployment,
      visitor,
      wishOf(input, configuration.fingerprintSensitivity),
      context,
    );
    if (answer.status !== 201) return answer;
    const { accountSid, deploymentSid, addressSid } = configuration;
    const conversationSid = await dependencies.conversations.open({
      accountSid,
      deploymentSid,
      addressSid,
      identity: String(answer.body?.identity),
      customerFriendlyName,
      preEngagementData,
    });
    return { ...answer, body: { ...answer.body, conversation_sid: conversationSid } };
  });
}

/** A wish without a token to bear it out, or for what is no identity of ours, is none. */
function wishOf({ identity, token }: InitInput, sensitivity: NonNullable<Wish>['sensitivity']): Wish {
  if (identity === undefined || token === undefined) return undefined;
  return /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(identity) ? { identity, token, sensitivity } : undefined;
}

function checkJsonObject(text: string): void {
  try {
    const value: unknown = JSON.parse(text);
    if (value !== null && typeof value === 'object' && !Array.isArray(value)) return;
  } catch {
    // Said below; the text is the visitor's and is not repeated.
  }
  throw new Refusal('invalid_request', { message: 'preEngagementData is malformed: send a JSON object, as text.' });
}
