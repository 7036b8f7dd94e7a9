// The suite's program for Node, Bun and Deno, which run it as it is: takes the node's description as its one argument, prints
// what became of each promise.

import { createVerifier } from '../../packages/verify/src/index.ts';
import { runSuite } from './suite.ts';

const { argv, exit } = globalThis.process;
console.log(JSON.stringify(await runSuite({ createVerifier }, JSON.parse(argv[2] ?? ''))));
exit(0);
