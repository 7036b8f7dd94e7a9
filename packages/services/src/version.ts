// The version that this is, from the one place that says it.

import { readFileSync } from 'node:fs';

const manifest = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as { version: string };

/** The version of Gangway, such as `0.1.0`. */
export const version = manifest.version;
