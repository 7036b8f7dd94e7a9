// `npm run build`: makes what is published, in dist/.

import { join } from 'node:path';
import { buildPackage, publishedPackages } from './build/package.ts';
import { repositoryRoot } from './source-tree.ts';

for (const name of publishedPackages) {
  await buildPackage(name, join(repositoryRoot, 'dist', name));
  console.log(`dist/${name}`);
}
