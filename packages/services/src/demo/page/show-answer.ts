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
  readonly moreInfo?: string;
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
}

/** Makes the list; `choose` hears which request is to be shown. */
export function createRequestHistory(choose: (request: AnsweredRequest) => void): RequestHistory {
  const list = byId('history', HTMLElement);
  const mark = (chosen: Element) => {
    for (const button of list.querySelectorAll('button')) button.removeAttribute('aria-current');
    chosen.setAttribute('aria-current', 'true');
  };
  return {
    add(request) {
      const time = request.at.toLocaleTimeString([], { hour: '2-digit', minute: '2-digit', second: '2-digit' });
      const button = html(
        'button',
        { type: 'button', class: toneOf(request), title: request.label },
        html('span', { class: 'history-status' }, request.status === 0 ? '–' : String(request.status)),
        html('span', {}, request.title),
        html('time', { datetime: request.at.toISOString() }, time),
      );
      button.addEventListener('click', () => {
        mark(button);
        choose(request);
      });
      list.prepend(html('li', {}, button));
      mark(button);
      while (list.children.length > historyMax) list.lastElementChild?.remove();
      choose(request);
    },
  };
}

function toneOf({ status, verdict }: AnsweredRequest): 'good' | 'refused' {
  return status >= 200 && status < 400 && verdict?.code !== 'origin_not_allowed' ? 'good' : 'refused';
}
