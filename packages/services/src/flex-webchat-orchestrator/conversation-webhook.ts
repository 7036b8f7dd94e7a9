// Tells the operator's chat system of each conversation: a webhook, signed as Standard Webhooks define
// (standardwebhooks.com, specification 1.0.0), delivered at least once.

import { createHmac } from 'node:crypto';
import type { Clock } from '../platform/clock.ts';
import type { Log } from '../platform/log.ts';
import { StartError } from '../platform/start-error.ts';
import type { ConversationRecords, UntoldConversation } from './conversation-records.ts';

/** Where the chat system is told, and with what the message is signed. */
export interface Webhook {
  readonly url: string;
  /** The secret: `whsec_` and base64 of 24 to 64 bytes. */
  readonly secret: string;
}

export interface WebhookDependencies {
  readonly records: ConversationRecords;
  readonly webhook: Webhook;
  readonly clock: Clock;
  readonly log: Log;
  readonly fetch?: typeof fetch;
}

const timeLimitMs = 10_000;
/** When a failed delivery is tried again: after seconds at first, then minutes and hours, a day in all (milliseconds). */
const retryAfterMs = [5_000, 60_000, 300_000, 1_800_000, 7_200_000, 28_800_000, 43_200_000];

/**
 * Makes the delivery: each call tells of the conversations that are due.
 * @throws StartError where the secret is none
 */
export function createConversationWebhook(dependencies: WebhookDependencies): () => Promise<void> {
  const { records, webhook, clock, log } = dependencies;
  const key = readSecret(webhook.secret);
  const send = dependencies.fetch ?? fetch;
  let busy = false;

  async function deliver(conversation: UntoldConversation): Promise<void> {
    const payload = JSON.stringify(eventOf(conversation));
    const id = `msg_${conversation.sid}`;
    const timestamp = String(Math.floor(clock.now() / 1000));
    const signature = createHmac('sha256', key).update(`${id}.${timestamp}.${payload}`).digest('base64');
    const response = await send(webhook.url, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        'webhook-id': id,
        'webhook-timestamp': timestamp,
        'webhook-signature': `v1,${signature}`,
      },
      body: payload,
      redirect: 'error',
      signal: AbortSignal.timeout(timeLimitMs),
    });
    await response.body?.cancel();
    if (!response.ok) throw new Error(`it answered ${response.status}`);
  }

  return async () => {
    if (busy) return;
    busy = true;
    try {
      for (const conversation of await records.untold(clock.now())) {
        const { sid, tries } = conversation;
        try {
          await deliver(conversation);
          await records.told(sid);
        } catch (error) {
          const wait = retryAfterMs[tries];
          await records.notTold(sid, tries + 1, wait === undefined ? null : clock.now() + wait);
          const reason = error instanceof Error ? error.message : String(error);
          log.warn(
            { conversationSid: sid, tries: tries + 1, reason, givenUp: wait === undefined },
            'the chat system could not be told',
          );
        }
      }
    } finally {
      busy = false;
    }
  };
}

/** The event as the specification shapes it: type, timestamp, data. */
function eventOf({ sid, createdAtMs, preEngagementData, tries: _tries, ...rest }: UntoldConversation) {
  return {
    type: 'conversation.opened',
    timestamp: new Date(createdAtMs).toISOString(),
    data: { conversationSid: sid, ...rest, preEngagementData: JSON.parse(preEngagementData) as unknown },
  };
}

function readSecret(secret: string): Buffer {
  const key = Buffer.from(secret.replace(/^whsec_/, ''), 'base64');
  if (secret.startsWith('whsec_') && key.length >= 24 && key.length <= 64) return key;
  throw new StartError('GANGWAY_CONVERSATION_WEBHOOK_SECRET: its value is not whsec_ and base64 of 24 to 64 bytes.');
}
