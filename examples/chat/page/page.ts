// The page of this example: a session of the SDK, and the widget that uses it. The SDK comes from the node, by script tag.

import type * as Sdk from '@gangway/sdk';
import { mountChatWidget } from '../widget/mount-chat-widget.ts';

declare const Gangway: typeof Sdk;

const { gangwayUrl = '', deploymentKey = '' } = document.body.dataset;
const session = Gangway.createWebchatSession({ url: gangwayUrl, deploymentKey });
const element = document.querySelector<HTMLElement>('#chat');
if (element === null) throw new TypeError('the page lacks #chat');

mountChatWidget(element, {
  session,
  socketUrl: new URL('/socket', location.href).href.replace(/^http/, 'ws'),
  suggestions: ['Who am I?', 'How long?', 'What is on board?'],
});

document.querySelector('#end')?.addEventListener('click', () => {
  // Where it cannot be ended, the session goes on and the widget shows that.
  session.end().catch(() => {});
});
