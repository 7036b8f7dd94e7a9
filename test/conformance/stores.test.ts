// One suite a store, over every database.

import { describeBackendStore } from './backend-suite.ts';
import { databases } from './databases.ts';
import { describeFlexConfigurationStore } from './flex-configuration-suite.ts';
import { describeMigrations } from './migration-suite.ts';
import { describeRootKeyStore } from './root-key-suite.ts';

for (const [name, makePlace] of Object.entries(databases)) {
  describeFlexConfigurationStore(name, makePlace);
  describeRootKeyStore(name, makePlace);
  describeBackendStore(name, makePlace);
  describeMigrations(name, makePlace);
}
