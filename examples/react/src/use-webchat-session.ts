// A hook: the session of a deployment, and its state as the component last saw it.

import { createWebchatSession, type SessionState, type WebchatSession } from '@gangway/sdk';
import { useSyncExternalStore } from 'react';

/** A session as React reads it: the state stays the same object until it changes. */
interface SessionStore {
  readonly session: WebchatSession;
  subscribe(listener: () => void): () => void;
  state(): SessionState;
}

/** One for each deployment, as long as the page lives: components come and go, and mount twice in strict mode. */
const stores = new Map<string, SessionStore>();

function storeOf(url: string, deploymentKey: string): SessionStore {
  const name = `${url} ${deploymentKey}`;
  const known = stores.get(name);
  if (known !== undefined) return known;
  const session = createWebchatSession({ url, deploymentKey });
  let state = session.state;
  session.onChange((next) => {
    state = next;
  });
  const store = { session, subscribe: (listener: () => void) => session.onChange(listener), state: () => state };
  stores.set(name, store);
  return store;
}

/**
 * The session of a deployment. Nothing is asked before somebody calls `session.getToken()` or `session.fetch()`.
 * @param url the public address of Gangway
 * @param deploymentKey the public key of the deployment
 */
export function useWebchatSession(
  url: string,
  deploymentKey: string,
): { readonly session: WebchatSession; readonly state: SessionState } {
  const { session, subscribe, state } = storeOf(url, deploymentKey);
  return { session, state: useSyncExternalStore(subscribe, state) };
}
