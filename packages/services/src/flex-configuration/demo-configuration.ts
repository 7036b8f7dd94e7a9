// What the first start makes where nothing is declared: one account with one deployment, for pages on this machine.

import { randomBytes } from 'node:crypto';
import type { DeclaredConfiguration } from '@gangway/contracts/declared-configuration';

/** Makes a demo account with fresh sids. */
export function createDemoConfiguration(): DeclaredConfiguration {
  const digits = () => randomBytes(16).toString('hex');
  return {
    accounts: [
      {
        sid: `AC${digits()}`,
        friendlyName: 'Demo',
        webchatSecurityEnabled: true,
        deployments: [
          {
            deploymentKeys: [`CV${digits()}`],
            friendlyName: 'Demo page',
            addressSid: `IG${digits()}`,
            allowedOrigins: ['http://localhost:*', 'http://127.0.0.1:*'],
          },
        ],
      },
    ],
  };
}
