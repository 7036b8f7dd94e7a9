// Requests to the public edge that the page makes by itself, beside its session: each header and each proof is chosen here,
// as a thief would choose it.

/** What the edge answered, without the token that may be in it. */
export interface EdgeAnswer {
  readonly status: number;
  /** Of a refusal. */
  readonly code: string | undefined;
  readonly requestId: string | undefined;
  /** For the next proof. */
  readonly nonce: string | undefined;
  /** Only of an answer that granted one. */
  readonly token: string | undefined;
}

/** The routes, by what they do. */
export const edgePaths = {
  create: '/v2/Webchat/Token',
  refresh: '/v2/Webchat/Token/Refresh',
  end: '/v2/Webchat/Token/End',
} as const;

/** Posts JSON to the edge. */
export async function postToEdge(
  path: string,
  body: Readonly<Record<string, string>>,
  headers: Readonly<Record<string, string>>,
): Promise<EdgeAnswer> {
  const response = await fetch(path, {
    method: 'POST',
    headers: { ...headers, 'content-type': 'application/json' },
    body: JSON.stringify(body),
    credentials: 'omit',
    cache: 'no-store',
  });
  const said = ((await response.json().catch(() => undefined)) ?? {}) as { readonly code?: unknown; readonly token?: unknown };
  return {
    status: response.status,
    code: response.ok ? undefined : String(said.code ?? 'unknown'),
    requestId: response.headers.get('x-request-id') ?? undefined,
    nonce: response.headers.get('dpop-nonce') ?? undefined,
    token: response.ok && typeof said.token === 'string' ? said.token : undefined,
  };
}
