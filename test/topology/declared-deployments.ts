// What the flow tests declare: one account with a deployment for each thing that a deployment can be, and a second
// account whose tokens must never count in the first.

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { DeclaredConfiguration, DeclaredDeployment } from '@gangway/contracts/declared-configuration';

const sid = (prefix: string, number: number) => `${prefix}${number.toString(16).padStart(32, '0')}`;

/** The public keys of the deployments, by what each is for. */
export const deploymentKeys = {
  /** The flag is on, every origin may come. */
  secured: sid('CV', 1),
  /** The flag is off, every origin may come. */
  unsecured: sid('CV', 2),
  /** The flag is on; only the origins below may come. */
  restricted: sid('CV', 3),
  /** One session a minute and address, one refresh a minute and session. */
  limited: sid('CV', 4),
  disabled: sid('CV', 5),
  /** Like `secured`, of another account. */
  otherAccount: sid('CV', 6),
  /** The flag is off; one origin may come, and `null` may not. */
  oneOrigin: sid('CV', 7),
  /** A deployment with two keys, of which the first is its oldest. */
  rotated: sid('CV', 8),
  rotatedNext: sid('CV', 9),
  unknown: sid('CV', 0xffff),
} as const;

/** An entry of each kind, as operators write them. */
export const allowedOrigins = [
  'https://www.owlbikes.example',
  'https://*.shops.example',
  'http://localhost:*',
  'capacitor://localhost',
  'null',
] as const;

/** The roles of the restricted deployment; the others have the default. */
export const grants = [{ grant: 'chat', queue: 'sales' }, { grant: 'upload' }];

/** Far above what tests need, so that only the deployment made for it is ever limited. */
const limits = { createPerMinutePerAddress: 100_000, refreshPerMinutePerSession: 100_000 };

const deployment = (key: string, rest: Partial<DeclaredDeployment> = {}): DeclaredDeployment => ({
  deploymentKeys: [key],
  limits,
  ...rest,
});

/** The accounts that the flow tests declare. */
export const declared: DeclaredConfiguration = {
  accounts: [
    {
      sid: sid('AC', 1),
      friendlyName: 'Owl Bikes',
      webchatSecurityEnabled: true,
      deployments: [
        deployment(deploymentKeys.secured, { tokenTtlSeconds: 900 }),
        deployment(deploymentKeys.unsecured, { webchatSecurityEnabled: false }),
        deployment(deploymentKeys.restricted, { allowedOrigins: [...allowedOrigins], grants }),
        deployment(deploymentKeys.oneOrigin, { allowedOrigins: [allowedOrigins[0]], webchatSecurityEnabled: false }),
        deployment(deploymentKeys.limited, { limits: { createPerMinutePerAddress: 1, refreshPerMinutePerSession: 1 } }),
        deployment(deploymentKeys.disabled, { enabled: false }),
        deployment(deploymentKeys.rotated, { deploymentKeys: [deploymentKeys.rotated, deploymentKeys.rotatedNext] }),
      ],
    },
    { sid: sid('AC', 2), friendlyName: 'Other', deployments: [deployment(deploymentKeys.otherAccount)] },
  ],
};

/** Writes the declaration where GANGWAY_CONFIG can name it. */
export function writeDeclaration(folder: string, declaration: DeclaredConfiguration = declared): string {
  const file = join(folder, 'gangway.json');
  writeFileSync(file, JSON.stringify(declaration, undefined, 2));
  return file;
}
