// One suite a store, over every database.

import { databases } from './databases.ts';
import { describeFlexConfigurationStore } from './flex-configuration-suite.ts';
import { describeMigrations } from './migration-suite.ts';
import { describeRootKeyStore } from './root-key-suite.ts';

for (const [name, makePlace] of Object.entries(databases)) {
  describeFlexConfigurationStore(name, makePlace);
  describeRootKeyStore(name, makePlace);
  describeMigrations(name, makePlace);
}
