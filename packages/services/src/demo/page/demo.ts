// The demo: one session of the SDK, shown as it lives, the chat that it opens, and every request of this page with the calls
// that it caused.

import { collectSignals, createWebchatSession, type WebchatSession } from '@gangway/sdk';
import { byId, html } from './element.ts';
import { observedFetch } from './observed-fetch.ts';
import { sessionIntent } from './session-words.ts';
import { createRequestHistory, showAnswer } from './show-answer.ts';
import { showChat } from './show-chat.ts';
import { createPassPanel } from './show-pass.ts';
import { createSequencePanel } from './show-sequence.ts';
import { showSnippets } from './show-snippets.ts';
import { enableStealing } from './show-steal.ts';
import { enableCopying, showToken } from './show-token.ts';
import { listTries } from './show-tries.ts';

const sequence = createSequencePanel({
  panel: byId('sequence', HTMLElement),
  asText: byId('as-text', HTMLElement),
  words: byId('sequence-words', HTMLElement),
});
const replay = byId('replay', HTMLButtonElement);
const history = createRequestHistory({
  choose(request) {
    showAnswer(request);
    replay.disabled = false;
    void sequence.show(request.callIds);
  },
  follow: (callId) => void sequence.append(callId),
});
replay.addEventListener('click', () => sequence.replay());

/** What the server offers to the page. */
interface Offer {
  readonly deploymentKey: string | null;
  /** Where the chat is; null where none runs. */
  readonly chatPath: string | null;
}

const offer = (await (await fetch('/demo/config.json')).json()) as Offer;
const named = new URLSearchParams(location.search).get('deploymentKey') ?? '';
const deploymentKey = named === '' ? offer.deploymentKey : named;
// The chat's backend knows the visitors of its own account alone.
const chatUrl = offer.chatPath === null ? undefined : new URL(offer.chatPath, location.href.replace(/^http/, 'ws')).href;
if (deploymentKey === null) askForKey();
else begin(deploymentKey);

function askForKey(): void {
  enableKeyForm();
  byId('other-key', HTMLDetailsElement).open = true;
  byId('answer', HTMLElement).replaceChildren(
    html('p', { class: 'answer-title' }, 'Which deployment?'),
    html('p', {}, 'This server does not offer a deployment key of its own. Give one of yours to begin.'),
  );
  for (const button of document.querySelectorAll<HTMLButtonElement>('.actions button, #copy-token')) button.disabled = true;
  byId('thief', HTMLElement).hidden = true;
  byId('chat', HTMLElement).hidden = true;
  byId('steal', HTMLElement).hidden = true;
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
  listTries({ session, deploymentKey: key, loginTimestamp: () => loginTimestamp, tell: history.add });
  enableStealing({ deploymentKey: key, chatUrl });
  void showSnippets(key);
  void board(session).then(() => showChat(session, chatUrl, history));
}

/** Goes on with the session of this browser, or begins one, also where the server does not know that session any more. */
async function board(session: WebchatSession): Promise<void> {
  const resumed = session.identity !== undefined;
  // What is refused is on the page by now.
  await (resumed ? session.refresh() : session.getToken()).catch(() => {});
  if (session.state.status === 'ended') await session.startAnew().catch(() => {});
}

function enableSession(session: WebchatSession): void {
  const on = (id: string, action: () => Promise<unknown>) =>
    byId(id, HTMLButtonElement).addEventListener('click', () => void action().catch(() => {}));
  on('refresh-now', () => session.refresh());
  on('end-session', () => session.end());
  on('new-session', () => session.startAnew());
}

function showSignals(headers: Readonly<Record<string, string>>): void {
  byId('signal-list', HTMLElement).replaceChildren(
    ...Object.entries(headers).map(([name, value]) =>
      html('div', {}, html('dt', {}, name), html('dd', { class: 'mono' }, value)),
    ),
  );
}
