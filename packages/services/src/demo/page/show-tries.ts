// The list of ways to be refused: one button each. Beside the session, which stays as it is.

import type { WebchatSession } from '@gangway/sdk';
import { byId, html } from './element.ts';
import { type AnsweredRequest, observedFetch } from './observed-fetch.ts';
import { tries } from './tries.ts';

/** What the tries work with. */
export interface TriesDependencies {
  readonly session: WebchatSession;
  readonly deploymentKey: string;
  readonly loginTimestamp: () => string;
  /** Hears of each request. */
  readonly tell: (request: AnsweredRequest) => void;
}

/** Fills the list. */
export function listTries({ session, deploymentKey, loginTimestamp, tell }: TriesDependencies): void {
  const items = tries.map((attempt) => {
    const button = html(
      'button',
      { type: 'button', id: `try-${attempt.id}` },
      html('span', { class: 'try-title' }, attempt.title),
      html('code', {}, attempt.expected),
      html('span', { class: 'try-about' }, attempt.about),
    );
    const show = (request: AnsweredRequest) => {
      tell(request);
      bringIntoView();
    };
    const context = {
      deploymentKey,
      get loginTimestamp() {
        return loginTimestamp();
      },
      token: async () => {
        if (session.state.status === 'ended') await session.startAnew();
        return session.getToken();
      },
      fetch: observedFetch(() => attempt, show),
      tell: show,
    };
    button.addEventListener('click', () => void attempt.run(context).catch(() => {}));
    return html('li', {}, button);
  });
  byId('try-list', HTMLElement).replaceChildren(...items);
  byId('tries', HTMLElement).hidden = false;
}

/** The answer lies above the button that asked for it. */
function bringIntoView(): void {
  const journey = byId('journey', HTMLElement);
  const { top, bottom } = journey.getBoundingClientRect();
  if (bottom < 160 || top > window.innerHeight - 160 || top < -80) journey.scrollIntoView({ block: 'start' });
}
