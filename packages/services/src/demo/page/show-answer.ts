// Says in words what became of a request, and lists the last ones so that each can be looked at again.

import { byId, html } from './element.ts';
import type { AnsweredRequest } from './observed-fetch.ts';

const historyMax = 12;

/** Shows what a request came to: status, code, words, request id and a link to the docs. */
export function showAnswer(request: AnsweredRequest): void {
  const { title, explanation, status, requestId, label } = request;
  const chip = html('span', { class: `chip ${toneOf(request)}` }, status === 0 ? 'no answer' : String(status));
  const heading = html('p', { class: 'answer-title' }, chip, ' ', title);
  const { code, message, moreInfo } = wordsOf(request);
  if (code !== undefined) heading.append(' ', html('code', { class: `code ${toneOf(request)}` }, code));
  const facts = html('p', { class: 'answer-facts' }, html('code', {}, label));
  if (requestId !== undefined) facts.append(html('span', {}, 'request id ', html('code', { id: 'request-id' }, requestId)));
  if (moreInfo !== undefined) facts.append(html('a', { id: 'more-info', href: moreInfo }, `About ${code}`));
  byId('answer', HTMLElement).replaceChildren(
    heading,
    ...(message === undefined ? [] : [html('p', { class: 'said' }, message)]),
    html('p', { class: 'quiet' }, explanation),
    facts,
  );
}

interface AnswerWords {
  readonly code?: string;
  readonly message?: string;
  readonly moreInfo?: string | undefined;
}

function wordsOf({ status, refusal, verdict }: AnsweredRequest): AnswerWords {
  if (refusal !== undefined) return refusal;
  if (status === 0) return { message: 'The server cannot be reached.' };
  if (verdict === undefined) return {};
  const { origin, allowed, code, message = '' } = verdict;
  if (code === undefined || allowed) return { message: `Pages of ${origin ?? 'no origin'} may use this deployment. ${message}` };
  const words = { code, message: origin === null ? message : `Origin: ${origin}. ${message}` };
  return code === 'origin_not_allowed' ? { ...words, moreInfo: `/docs/refusals/${code}` } : words;
}

/** The list of the last requests. */
export interface RequestHistory {
  add(request: AnsweredRequest): void;
  /** Adds calls at the chat to the request that led to them, if that was just now; else `otherwise` as a request of its own. */
  follow(callId: string, otherwise: AnsweredRequest): void;
}

/** Who hears of the list. */
export interface HistoryListener {
  /** Which request is to be shown. */
  choose(request: AnsweredRequest): void;
  /** That the one which is shown goes on. */
  follow(callId: string): void;
}

/** What comes later after a request than this does not follow from it (milliseconds). */
const followsWithinMs = 5000;

/** Makes the list. */
export function createRequestHistory(listener: HistoryListener): RequestHistory {
  const list = byId('history', HTMLElement);
  let leading: { request: AnsweredRequest; readonly button: Element } | undefined;
  const mark = (chosen: Element) => {
    for (const button of list.querySelectorAll('button')) button.removeAttribute('aria-current');
    chosen.setAttribute('aria-current', 'true');
  };
  const add = (request: AnsweredRequest) => {
    const time = request.at.toLocaleTimeString([], { hour: '2-digit', minute: '2-digit', second: '2-digit' });
    const button = html(
      'button',
      { type: 'button', class: toneOf(request), title: request.label },
      html('span', { class: 'history-status' }, request.status === 0 ? '–' : String(request.status)),
      html('span', {}, request.title),
      html('time', { datetime: request.at.toISOString() }, time),
    );
    const entry = { request, button };
    button.addEventListener('click', () => {
      mark(button);
      listener.choose(entry.request);
    });
    list.prepend(html('li', {}, button));
    if (request.leadsToChat === true) leading = entry;
    mark(button);
    while (list.children.length > historyMax) list.lastElementChild?.remove();
    listener.choose(request);
  };
  return {
    add,
    follow(callId, otherwise) {
      if (leading === undefined || Date.now() - leading.request.at.getTime() > followsWithinMs) return add(otherwise);
      leading.request = { ...leading.request, callIds: [...leading.request.callIds, callId] };
      if (leading.button.hasAttribute('aria-current')) listener.follow(callId);
    },
  };
}

function toneOf({ status, verdict }: AnsweredRequest): 'good' | 'refused' {
  return status > 0 && status < 400 && verdict?.code !== 'origin_not_allowed' ? 'good' : 'refused';
}
