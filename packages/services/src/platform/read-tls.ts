// The certificate of the public port, where Gangway speaks TLS by itself.

import { readFileSync } from 'node:fs';
import { createSecureContext } from 'node:tls';
import type { Settings } from './settings.ts';
import { StartError } from './start-error.ts';

/** A certificate chain and its private key (PEM). */
export interface Tls {
  readonly cert: string;
  readonly key: string;
}

/**
 * Reads the certificate and the key that the settings name, or gives undefined where they name none.
 * @throws StartError where one is missing, cannot be read, or the two do not fit
 */
export function readTls({ TLS_CERT, TLS_KEY }: Pick<Settings, 'TLS_CERT' | 'TLS_KEY'>): Tls | undefined {
  if (TLS_CERT === undefined && TLS_KEY === undefined) return undefined;
  if (TLS_CERT === undefined || TLS_KEY === undefined) {
    throw new StartError('TLS needs both GANGWAY_TLS_CERT and GANGWAY_TLS_KEY. Set the other one too, or neither.');
  }
  const tls = { cert: read('GANGWAY_TLS_CERT', TLS_CERT), key: read('GANGWAY_TLS_KEY', TLS_KEY) };
  try {
    createSecureContext(tls);
  } catch (error) {
    throw new StartError(
      `GANGWAY_TLS_CERT (${TLS_CERT}) and GANGWAY_TLS_KEY (${TLS_KEY}) are no certificate with its key in PEM: ${reasonOf(error)}`,
      { cause: error },
    );
  }
  return tls;
}

function read(setting: string, file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw new StartError(`${setting}: ${file} cannot be read: ${reasonOf(error)}`);
  }
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
