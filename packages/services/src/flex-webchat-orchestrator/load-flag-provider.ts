// An operator's own flag service, named by GANGWAY_FLAG_PROVIDER.

import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Provider } from '@openfeature/server-sdk';
import { StartError } from '../platform/start-error.ts';

/**
 * Loads an OpenFeature provider: the default export of a module. Undefined where none is named.
 * @throws StartError where it cannot be loaded, or is none
 */
export async function loadFlagProvider(file: string | undefined): Promise<Provider | undefined> {
  if (file === undefined) return undefined;
  const module: unknown = await import(pathToFileURL(resolve(file)).href).catch((error: unknown) => {
    throw new StartError(`GANGWAY_FLAG_PROVIDER: ${file} cannot be loaded: ${error instanceof Error ? error.message : error}`);
  });
  const provider = (module as { default?: Partial<Provider> }).default;
  if (typeof provider?.resolveBooleanEvaluation === 'function') return provider as Provider;
  throw new StartError(`GANGWAY_FLAG_PROVIDER: the default export of ${file} is no OpenFeature provider.`);
}
