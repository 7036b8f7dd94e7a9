// What the server is told by its environment, checked before it starts.

/** What server.ts needs. */
export interface ServerSettings {
  /** Where Gangway answers backends. */
  readonly serviceUrl: string;
  /** The credential of this backend: a secret. */
  readonly credential: string;
  readonly port: number;
  readonly host: string;
  /** The address that visitors use. */
  readonly publicUrl: string;
  readonly allowedOrigins: readonly string[];
  /** Where the page of the example asks for tokens. */
  readonly gangwayUrl: string;
  /** Where it is missing there is no page, only the socket. */
  readonly deploymentKey: string | undefined;
}

/**
 * Reads the environment.
 * @throws Error that names the variable and what it should be
 */
export function readServerSettings(environment: Readonly<Record<string, string | undefined>>): ServerSettings {
  const { GANGWAY_CREDENTIAL: credential } = environment;
  if (!credential) throw new Error('GANGWAY_CREDENTIAL is missing: `gangway backends create "chat" --account AC…` prints one.');
  const port = Number(environment.PORT ?? 4100);
  if (!Number.isInteger(port) || port < 1 || port > 65_535) throw new Error('PORT is a number from 1 to 65535.');
  const publicUrl = readUrl('PUBLIC_URL', environment.PUBLIC_URL ?? `http://localhost:${port}`);
  return {
    serviceUrl: readUrl('GANGWAY_SERVICE_URL', environment.GANGWAY_SERVICE_URL ?? 'http://localhost:4002'),
    credential,
    port,
    host: environment.HOST ?? '127.0.0.1',
    publicUrl,
    allowedOrigins: (environment.ALLOWED_ORIGINS ?? new URL(publicUrl).origin).split(',').map((origin) => origin.trim()),
    gangwayUrl: readUrl('GANGWAY_URL', environment.GANGWAY_URL ?? 'http://localhost:4000'),
    deploymentKey: environment.DEPLOYMENT_KEY || undefined,
  };
}

/** An address without a trailing slash. */
function readUrl(name: string, text: string): string {
  if (!URL.canParse(text) || !/^https?:/.test(text))
    throw new Error(`${name} is an address that begins with http:// or https://.`);
  return text.replace(/\/$/, '');
}
