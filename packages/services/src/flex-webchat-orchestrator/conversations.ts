// The conversation that Init opens. Gangway is no chat system: it keeps a record of who came and what they said first, for a
// while, and tells the operator's own chat system where there is one.

/** What a conversation begins with. */
export interface NewConversation {
  readonly accountSid: string;
  readonly deploymentSid: string;
  readonly addressSid: string | null;
  readonly identity: string;
  /** About a person: never logged. */
  readonly customerFriendlyName: string;
  /** About a person: never logged. A JSON object, as text. */
  readonly preEngagementData: string;
}

/** Where conversations are opened. */
export interface Conversations {
  /** Opens a conversation. It is durable when this gives its sid. */
  open(conversation: NewConversation): Promise<string>;
}
