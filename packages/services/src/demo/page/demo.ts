// The demo: one session of the SDK, shown as it lives, and every request of this page with the calls that it caused.

import { collectSignals, createWebchatSession, type WebchatSession } from '@gangway/sdk';
import { byId, html } from './element.ts';
import { type AnsweredRequest, type Intent, observedFetch } from './observed-fetch.ts';
import { createRequestHistory, showAnswer } from './show-answer.ts';
import { createPassPanel } from './show-pass.ts';
import { createSequencePanel } from './show-sequence.ts';
import { enableCopying, showToken } from './show-token.ts';
import { tries } from './tries.ts';

const sequence = createSequencePanel();
const history = createRequestHistory((request) => {
  showAnswer(request);
  void sequence.show(request.requestId);
});
byId('replay', HTMLButtonElement).addEventListener('click', () => sequence.replay());

const deploymentKey = await findDeploymentKey();
if (deploymentKey === undefined) askForKey();
else begin(deploymentKey);

/** The key that the address names, else the one that the server offers. */
async function findDeploymentKey(): Promise<string | undefined> {
  const named = new URLSearchParams(location.search).get('deploymentKey');
  if (named !== null && named !== '') return named;
  const offered = (await (await fetch('/demo/config.json')).json()) as { readonly deploymentKey: string | null };
  return offered.deploymentKey ?? undefined;
}

function askForKey(): void {
  enableKeyForm();
  byId('other-key', HTMLDetailsElement).open = true;
  byId('answer', HTMLElement).replaceChildren(
    html('p', { class: 'answer-title' }, 'Which deployment?'),
    html('p', {}, 'This server does not offer a deployment key of its own. Give one of yours to begin.'),
  );
  for (const button of document.querySelectorAll<HTMLButtonElement>('.actions button, #copy-token')) button.disabled = true;
  byId('thief', HTMLElement).hidden = true;
  byId('session-status', HTMLElement).textContent = 'Ashore';
  byId('key-input', HTMLInputElement).focus();
}

function enableKeyForm(): void {
  byId('key-form', HTMLFormElement).addEventListener('submit', (event) => {
    event.preventDefault();
    location.search = String(new URLSearchParams({ deploymentKey: byId('key-input', HTMLInputElement).value.trim() }));
  });
}

function begin(key: string): void {
  let loginTimestamp = '';
  const session = createWebchatSession({
    url: '',
    deploymentKey: key,
    // Of this tab alone: two tabs of the demo are two visitors.
    storage: sessionStorage,
    signals: (login) => {
      loginTimestamp = login;
      const headers = collectSignals(login);
      showSignals(headers);
      return headers;
    },
    fetch: observedFetch(sessionIntent, history.add),
  });
  byId('deployment-key', HTMLElement).textContent = key;
  const pass = createPassPanel();
  const show = () => {
    const { state } = session;
    pass.show(state);
    if (state.status === 'active') void session.getToken().then(showToken, () => {});
    else if (state.identity === undefined) showToken(undefined);
  };
  session.onChange(show);
  show();

  enableKeyForm();
  enableCopying(() => session.getToken());
  enableSession(session);
  listTries(session, key, () => loginTimestamp);
  void board(session);
}

/** Goes on with the session of this tab, or begins one, also where the server does not know that session any more. */
async function board(session: WebchatSession): Promise<void> {
  const resumed = session.identity !== undefined;
  // What is refused is on the page by now.
  await (resumed ? session.refresh() : session.getToken()).catch(() => {});
  if (resumed && session.state.status === 'refused') await session.startAnew().catch(() => {});
}

function enableSession(session: WebchatSession): void {
  const on = (id: string, action: () => Promise<unknown>) =>
    byId(id, HTMLButtonElement).addEventListener('click', () => void action().catch(() => {}));
  on('refresh-now', () => session.refresh());
  on('new-session', () => session.startAnew());
}

function listTries(session: WebchatSession, key: string, loginTimestamp: () => string): void {
  const items = tries.map((attempt) => {
    const button = html(
      'button',
      { type: 'button', id: `try-${attempt.id}` },
      html('span', { class: 'try-title' }, attempt.title),
      html('code', {}, attempt.expected),
      html('span', { class: 'try-about' }, attempt.about),
    );
    const tell = (request: AnsweredRequest) => {
      history.add(request);
      bringIntoView();
    };
    const context = {
      deploymentKey: key,
      get loginTimestamp() {
        return loginTimestamp();
      },
      token: async () => {
        if (session.state.status === 'refused') await session.startAnew();
        return session.getToken();
      },
      fetch: observedFetch(() => attempt, tell),
      tell,
    };
    button.addEventListener('click', () => void attempt.run(context).catch(() => {}));
    return html('li', {}, button);
  });
  byId('try-list', HTMLElement).replaceChildren(...items);
  byId('tries', HTMLElement).hidden = false;
}

/** On a narrow screen the answer lies above the button that asked for it. */
function bringIntoView(): void {
  const journey = byId('journey', HTMLElement);
  const { top, bottom } = journey.getBoundingClientRect();
  if (bottom < 160 || top > window.innerHeight - 160 || top < -80) journey.scrollIntoView({ block: 'start' });
}

function sessionIntent(path: string, status: number): Intent {
  const renewal = path.toLowerCase().endsWith('/refresh');
  if (status === 0 || status >= 400) {
    const passing = status === 0 || status === 429 || status >= 500;
    return {
      title: renewal ? 'The token was not renewed' : 'No token yet',
      explanation: passing
        ? 'This passes, so it is tried again by itself; a token at hand stays good meanwhile.'
        : 'It would be refused again, so nothing is repeated. A new session begins when you ask for it.',
    };
  }
  return renewal
    ? {
        title: 'The token was renewed',
        explanation: 'The same visitor under a later token: its seal and its browser were checked first.',
      }
    : {
        title: 'Welcome aboard',
        explanation: 'A new visitor: an identity was made up, and a token was encrypted and bound to this browser.',
      };
}

function showSignals(headers: Readonly<Record<string, string>>): void {
  byId('signal-list', HTMLElement).replaceChildren(
    ...Object.entries(headers).map(([name, value]) =>
      html('div', {}, html('dt', {}, name), html('dd', { class: 'mono' }, value)),
    ),
  );
}
