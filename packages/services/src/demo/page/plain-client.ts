// The calls of the public edge without a session around them, for requests that are meant to be wrong.

/** The calls of one deployment. An answer that is no JSON rejects; a refusal does not. */
export interface PlainClient {
  createToken(signals: Readonly<Record<string, string>>): Promise<{ readonly token: string }>;
  refreshToken(token: string, signals: Readonly<Record<string, string>>): Promise<unknown>;
  explainOrigin(): Promise<unknown>;
}

/** Makes the calls, by the `fetch` that is given. */
export function plainClient(deploymentKey: string, send: typeof globalThis.fetch): PlainClient {
  const post = async (path: string, signals: Readonly<Record<string, string>>, token?: string) => {
    const headers = { ...signals, 'content-type': 'application/json' };
    const body = JSON.stringify({ deploymentKey, token });
    return (await send(path, { method: 'POST', headers, body, credentials: 'omit', cache: 'no-store' })).json();
  };
  return {
    createToken: (signals) => post('/v2/Webchat/Token', signals),
    refreshToken: (token, signals) => post('/v2/Webchat/Token/Refresh', signals, token),
    explainOrigin: async () => (await send(`/v2/Webchat/Origin?deploymentKey=${encodeURIComponent(deploymentKey)}`)).json(),
  };
}
