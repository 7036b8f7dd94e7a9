// The life of root keys, over every database.

import { databases } from './databases.ts';
import { describeRootKeyLife } from './root-key-life-suite.ts';

for (const [name, makePlace] of Object.entries(databases)) describeRootKeyLife(name, makePlace);
