// The boarding pass: who the visitor is, how long the token lives, and when it is renewed by itself.

import type { SessionState, SessionStatus } from '@gangway/sdk';
import { byId, html } from './element.ts';

const statusWords: Readonly<Record<SessionStatus, string>> = {
  idle: 'Ashore',
  asking: 'Asking',
  active: 'Aboard',
  waiting: 'Trying again',
  refused: 'Refused',
  ended: 'Ended',
};

/** Shows a session. */
export interface PassPanel {
  show(state: SessionState): void;
}

/** Makes the pass, which counts down every second. */
export function createPassPanel(): PassPanel {
  const status = byId('session-status', HTMLElement);
  const countdown = byId('countdown', HTMLElement);
  const clockWords = byId('clock-words', HTMLElement);
  const nextRequest = byId('next-request', HTMLElement);
  const lifeLeft = byId('life-left', HTMLElement);
  let shown: SessionState | undefined;
  let lifeMs = 0;

  const tick = () => {
    const now = Date.now();
    const left = shown?.expiresAt === undefined ? undefined : Math.max(0, shown.expiresAt - now);
    countdown.textContent = left === undefined ? '—' : clockText(left);
    clockWords.textContent = left === undefined ? 'no token' : left > 0 ? 'until this token expires' : 'this token has expired';
    lifeLeft.style.width = left === undefined || lifeMs === 0 ? '0' : `${Math.min(100, (100 * left) / lifeMs)}%`;
    const next = shown?.nextRequestAt;
    nextRequest.textContent = next === undefined ? '' : nextWords(shown, Math.max(0, next - now));
  };
  setInterval(tick, 1000);

  return {
    show(state) {
      if (state.status === 'active' && state.expiresAt !== undefined && state.expiresAt !== shown?.expiresAt) {
        lifeMs = state.expiresAt - Date.now();
      }
      shown = state;
      // Who is aboard stays aboard while the token is renewed.
      document.body.dataset.session = state.status === 'asking' && state.identity !== undefined ? 'active' : state.status;
      status.textContent = statusWords[state.status];
      byId('identity', HTMLElement).textContent = state.identity ?? 'not known';
      byId('roles', HTMLElement).replaceChildren(
        ...(state.roles.length === 0
          ? ['none']
          : state.roles.map((role) => html('span', { class: 'role' }, String(role.grant ?? '?')))),
      );
      byId('bound-to', HTMLElement).textContent = boundWords(state);
      const isOver = state.status === 'ended' || state.identity === undefined;
      byId('refresh-now', HTMLButtonElement).disabled = isOver;
      byId('end-session', HTMLButtonElement).disabled = isOver;
      tick();
    },
  };
}

function boundWords({ bound, identity }: SessionState): string {
  if (identity === undefined) return 'nothing yet';
  return bound ? 'this browser and a key in it' : 'this browser';
}

function nextWords(state: SessionState | undefined, ms: number): string {
  return `${state?.status === 'waiting' ? 'tries again' : 'renews itself'} in ${clockText(ms)}`;
}

/** `29:58`, or `1:29:58`. */
function clockText(ms: number): string {
  const seconds = Math.ceil(ms / 1000);
  const two = (value: number) => String(value).padStart(2, '0');
  const minutes = `${two(Math.floor(seconds / 60) % 60)}:${two(seconds % 60)}`;
  return seconds < 3600 ? minutes : `${Math.floor(seconds / 3600)}:${minutes}`;
}
