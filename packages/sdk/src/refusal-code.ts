// Why a request with a token was refused, by Gangway or by a backend.

/**
 * The error of the challenge of a 401 (RFC 6750, section 3; RFC 9449, section 7.1), or the code of its body where the
 * challenge is hidden from this page.
 */
export async function refusalCodeOf(response: Response): Promise<string | undefined> {
  if (response.status !== 401) return undefined;
  const challenge = /\berror="?(\w+)/.exec(response.headers.get('www-authenticate') ?? '');
  if (challenge) return challenge[1];
  const body = await response
    .clone()
    .json()
    .catch(() => undefined);
  return body?.code;
}
