// A page with a chat token. The address and the key come from the environment of vite.

import { useEffect } from 'react';
import { useWebchatSession } from './use-webchat-session.ts';

const url: string = import.meta.env.VITE_GANGWAY_URL ?? 'http://localhost:4000';
const deploymentKey: string = import.meta.env.VITE_DEPLOYMENT_KEY ?? '';

/** Shows the session and lets the visitor end it. */
export function App() {
  const { session, state } = useWebchatSession(url, deploymentKey);

  // A session that failed says so in its state, which is shown below.
  useEffect(() => void session.getToken().catch(() => undefined), [session]);

  return (
    <main>
      <h1>React</h1>
      <p>The token stays valid while this component renders, unmounts and comes back.</p>
      <dl>
        <dt>Session</dt>
        <dd role="status">{state.status}</dd>
        <dt>Visitor</dt>
        <dd id="visitor">{state.identity ?? 'nobody yet'}</dd>
        <dt>Token until</dt>
        <dd>{state.expiresAt === undefined ? '…' : new Date(state.expiresAt).toLocaleTimeString()}</dd>
      </dl>
      <button type="button" onClick={() => void session.refresh().catch(() => undefined)}>
        Refresh now
      </button>{' '}
      <button type="button" onClick={() => void session.end().catch(() => undefined)}>
        End the chat
      </button>
      <p role="alert">{state.error && `${state.error.code}: ${state.error.message}`}</p>
    </main>
  );
}
