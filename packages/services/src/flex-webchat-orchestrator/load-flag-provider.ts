// An operator's own flag service, named by GANGWAY_FLAG_PROVIDER.

import type { Provider } from '@openfeature/server-sdk';
import { loadDefaultExport } from '../platform/load-default-export.ts';

/**
 * Loads an OpenFeature provider: the default export of a module. Undefined where none is named.
 * @throws StartError where it cannot be loaded, or is none
 */
export async function loadFlagProvider(file: string | undefined): Promise<Provider | undefined> {
  if (file === undefined) return undefined;
  return loadDefaultExport<Provider>('GANGWAY_FLAG_PROVIDER', file, 'an OpenFeature provider', ['resolveBooleanEvaluation']);
}
