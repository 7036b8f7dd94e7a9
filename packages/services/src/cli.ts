#!/usr/bin/env node
// The command line: one file for each command in cli/.

import { backends } from './cli/backends.ts';
import { conversations } from './cli/conversations.ts';
import { helpText } from './cli/help.ts';
import { keys } from './cli/keys.ts';
import { revocations, revoke } from './cli/revocations.ts';
import { start } from './cli/start.ts';
import { StartError } from './platform/start-error.ts';
import { version } from './version.ts';

const commands: Readonly<Record<string, (args: string[]) => Promise<void>>> = {
  ...{ start, keys, revoke, revocations, backends, conversations },
};

try {
  await run(process.argv.slice(2));
} catch (error) {
  if (!(error instanceof StartError)) throw error;
  process.stderr.write(`gangway: ${error.message}\n`);
  process.exitCode = 1;
}

async function run([name, ...args]: string[]): Promise<void> {
  const command = commands[name ?? ''];
  if (command !== undefined) await command(args);
  else if (name === undefined || name === '--help' || name === 'help') process.stdout.write(helpText);
  else if (name === '--version') process.stdout.write(`${version}\n`);
  else throw new StartError(`There is no command ${name}. gangway --help lists the commands.`);
}
