// Measures the theft table and writes it into the documentation: a thousand replays of each kind of thief at each level, or
// as many as its argument says. `node tools/theft-table.ts [replays]`

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { measureTheft } from '../test/theft/measure.ts';
import { measurementFile, theftPage } from './docs/theft-page.ts';
import { repositoryRoot } from './source-tree.ts';

const replaysInDocs = 1000;
const replays = Number(process.argv[2] ?? replaysInDocs);
if (!Number.isInteger(replays) || replays < 1) throw new Error('Say how many replays, as a whole number of at least 1.');

const measurement = await measureTheft(replays);
console.table(measurement.replays);
console.table(measurement.lockout);
if (replays === replaysInDocs) {
  writeFileSync(measurementFile, `${JSON.stringify(measurement, undefined, 2)}\n`);
  writeFileSync(join(repositoryRoot, 'docs/theft.md'), theftPage(measurement));
} else console.log(`Nothing was written: the documentation shows ${replaysInDocs} replays of each kind.`);
