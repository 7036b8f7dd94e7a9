// The chat on the page: the example's widget over this page's session, and each token that its backend checks as calls to
// be drawn.

import { mountChatWidget } from '@gangway/example-chat/widget';
import type { WebchatSession } from '@gangway/sdk';
import { byId } from './element.ts';
import type { AnsweredRequest } from './observed-fetch.ts';
import { presentationId } from './presentation-id.ts';
import type { RequestHistory } from './show-answer.ts';

const suggestions = ['Who am I?', 'How long?', 'What is on board?'];

/** What the chat says about a token, each as an entry of the history. Of a refusal, its code is the answer's. */
const verdicts: Readonly<Record<string, Pick<AnsweredRequest, 'title' | 'explanation' | 'status'>>> = {
  welcome: {
    title: 'The chat let you in',
    explanation: 'Token and proof came in the first frame of the socket, not in its address. Its backend asked Scoped Auth.',
    status: 101,
  },
  renewed: {
    title: 'The chat took the new token',
    explanation: 'A renewed token goes to the chat in-band, before the old one expires. The conversation goes on.',
    status: 101,
  },
  refused: {
    title: 'The chat was closed',
    explanation: 'Its backend follows what is revoked, and holds every message against that, in memory.',
    status: 4401,
  },
};

/** Mounts the chat, or says that there is none. */
export function showChat(session: WebchatSession, chatUrl: string | undefined, history: RequestHistory): void {
  if (chatUrl === undefined) {
    byId('chat-elsewhere', HTMLElement).hidden = false;
    byId('chat-place', HTMLElement).hidden = true;
    byId('chat-known', HTMLElement).hidden = true;
    return;
  }
  let presented: Promise<string | undefined> | undefined;
  const show = async (type: string, frame: object) => {
    const about = verdicts[type];
    if (about === undefined) return;
    const { code, message } = frame as { readonly code?: string; readonly message?: string };
    const id = await presented;
    const callId = id !== undefined && code === 'revoked' ? `${id}-end` : id;
    const refusal = code === undefined ? undefined : { code, message: message ?? '', moreInfo: undefined };
    const request: AnsweredRequest = {
      ...about,
      label: `WebSocket ${new URL(chatUrl).pathname}`,
      at: new Date(),
      requestId: undefined,
      callIds: callId === undefined ? [] : [callId],
      refusal,
      verdict: undefined,
    };
    // Of a session that another tab or the operator ended, this is all that the page hears.
    if (callId !== undefined) history.follow(callId, request);
    else history.add(request);
  };
  mountChatWidget(byId('chat-place', HTMLElement), {
    session: {
      get identity() {
        return session.identity;
      },
      get expiresAt() {
        return session.expiresAt;
      },
      getToken: () => session.getToken(),
      refresh: () => session.refresh(),
      startAnew: () => session.startAnew(),
      onChange: (listener) => session.onChange(listener),
      async present(url, options) {
        const presentation = await session.present(url, options);
        presented = presentationId(presentation);
        return presentation;
      },
    },
    socketUrl: chatUrl,
    suggestions,
    inline: true,
    onTraffic(direction, frame) {
      if (direction === 'received' && 'type' in frame) void show(String(frame.type), frame);
    },
  });
}
