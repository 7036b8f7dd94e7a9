// What the server is told by its environment, checked before it starts.

import type { Provider } from './llm-proxy.ts';

/** What server.ts needs. */
export interface ServerSettings {
  /** Where Gangway answers backends. */
  readonly serviceUrl: string;
  /** The credential of this backend: a secret. */
  readonly credential: string;
  readonly port: number;
  readonly host: string;
  /** The address that visitors use: proofs are made for it. */
  readonly publicUrl: string;
  readonly allowedOrigins: readonly string[];
  readonly tokensPerDayOfAll: number;
  readonly provider: Provider;
}

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Reads the environment.
 * @throws Error that names the variable and what it should be
 */
export function readServerSettings(environment: Environment): ServerSettings {
  const port = readNumber(environment, 'PORT', 4200, 65_535);
  const publicUrl = readUrl(environment, 'PUBLIC_URL', `http://localhost:${port}`);
  const field = environment.PROVIDER_MAX_TOKENS_FIELD ?? 'max_completion_tokens';
  if (field !== 'max_completion_tokens' && field !== 'max_tokens') {
    throw new Error('PROVIDER_MAX_TOKENS_FIELD is max_completion_tokens or max_tokens.');
  }
  return {
    serviceUrl: readUrl(environment, 'GANGWAY_SERVICE_URL', 'http://localhost:4002'),
    credential: readSecret(environment, 'GANGWAY_CREDENTIAL', '`gangway backends create "llm" --account AC…` prints one'),
    port,
    host: environment.HOST ?? '127.0.0.1',
    publicUrl,
    allowedOrigins: (environment.ALLOWED_ORIGINS ?? new URL(publicUrl).origin).split(',').map((origin) => origin.trim()),
    tokensPerDayOfAll: readNumber(environment, 'TOKENS_PER_DAY_OF_ALL', 1_000_000, Number.MAX_SAFE_INTEGER),
    provider: {
      url: readUrl(environment, 'PROVIDER_URL', 'https://api.openai.com/v1'),
      key: readSecret(environment, 'PROVIDER_KEY', 'the provider of the language model gives you one'),
      maxTokensField: field,
      timeoutMs: 120_000,
    },
  };
}

function readSecret(environment: Environment, name: string, whence: string): string {
  const value = environment[name];
  if (!value) throw new Error(`${name} is missing: ${whence}.`);
  return value;
}

function readNumber(environment: Environment, name: string, usual: number, most: number): number {
  const value = Number(environment[name] ?? usual);
  if (!Number.isSafeInteger(value) || value < 1 || value > most) throw new Error(`${name} is a number from 1 to ${most}.`);
  return value;
}

/** An address without a trailing slash. */
function readUrl(environment: Environment, name: string, usual: string): string {
  const text = environment[name] ?? usual;
  if (!URL.canParse(text) || !/^https?:/.test(text))
    throw new Error(`${name} is an address that begins with http:// or https://.`);
  return text.replace(/\/+$/, '');
}
