// What was said, by visitor, in the memory of this process, and which tabs hear of it: a restart forgets it, and so does
// another process beside it. A chat of your own has a database here.

import { createAllowance, type Take } from './allowance.ts';
import type { ChatLimits } from './limits.ts';
import type { Message, ServerFrame } from './protocol.ts';

/** A tab of a visitor. */
export interface Tab {
  send(frame: ServerFrame): void;
}

/** The conversation of one visitor. */
export interface Conversation {
  /** Oldest first. */
  readonly messages: readonly Message[];
  /** Those that are connected. */
  readonly tabs: Set<Tab>;
  find(id: string): Message | undefined;
  /** Keeps a message, and brings it to all tabs. */
  add(message: Message): void;
  /** One of the messages that this visitor may send. */
  readonly takeMessage: Take;
}

/** Conversations by identity. */
export interface Conversations {
  /** The one of this visitor, made where there is none. */
  of(identity: string): Conversation;
}

/** Keeps conversations within the limits; one that a tab is connected to is never forgotten. */
export function keepConversations(limits: ChatLimits): Conversations {
  /** In the order in which they were last used: the first is the one longest silent. */
  const kept = new Map<string, { readonly conversation: Conversation; readonly usedAt: number }>();

  const forgetOld = () => {
    for (const [identity, { conversation, usedAt }] of kept) {
      if (kept.size <= limits.conversationsMax && Date.now() - usedAt < limits.conversationMs) return;
      if (conversation.tabs.size === 0) kept.delete(identity);
    }
  };

  return {
    of(identity) {
      forgetOld();
      const conversation = kept.get(identity)?.conversation ?? createConversation(limits);
      kept.delete(identity);
      kept.set(identity, { conversation, usedAt: Date.now() });
      return conversation;
    },
  };
}

function createConversation(limits: ChatLimits): Conversation {
  const messages: Message[] = [];
  const tabs = new Set<Tab>();
  let length = 0;
  return {
    messages,
    tabs,
    find: (id) => messages.find((message) => message.id === id),
    add(message) {
      messages.push(message);
      length += message.text.length;
      while (messages.length > limits.historyMessagesMax || (length > limits.historyLengthMax && messages.length > 1)) {
        length -= messages.shift()?.text.length ?? 0;
      }
      for (const tab of tabs) tab.send({ type: 'said', ...message });
    },
    takeMessage: createAllowance(limits.messages),
  };
}
