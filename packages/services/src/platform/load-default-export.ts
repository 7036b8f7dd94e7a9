// What an operator plugs in: the default export of a module that a setting names.

import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { StartError } from './start-error.ts';

/**
 * Loads the default export of a module and checks that it has the functions that are called.
 * @param setting the name of the setting, for messages
 * @param what what it must be, with its article: `an OpenFeature provider`
 * @throws StartError where the module cannot be loaded, or is something else
 */
export async function loadDefaultExport<Plugged extends object>(
  setting: string,
  file: string,
  what: string,
  functions: readonly (keyof Plugged & string)[],
): Promise<Plugged> {
  const module: unknown = await import(pathToFileURL(resolve(file)).href).catch((error: unknown) => {
    throw new StartError(`${setting}: ${file} cannot be loaded: ${error instanceof Error ? error.message : error}`);
  });
  const plugged = (module as { default?: Partial<Record<string, unknown>> | null }).default;
  if (functions.every((name) => typeof plugged?.[name] === 'function')) return plugged as Plugged;
  throw new StartError(`${setting}: the default export of ${file} is not ${what}, which has ${functions.join(', ')}.`);
}
