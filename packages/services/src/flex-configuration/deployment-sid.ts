// The sid of a deployment never changes: tokens carry it, so its keys can be rotated under living chats.

import { createHash } from 'node:crypto';
import type { DeclaredDeployment } from '@gangway/contracts/declared-configuration';

/** The declared sid, or one made from the deployment's first key where none is declared. */
export function deploymentSidOf(deployment: DeclaredDeployment): string {
  if (deployment.sid !== undefined) return deployment.sid;
  const [firstKey = ''] = deployment.deploymentKeys;
  return `DP${createHash('sha256').update(`gangway/deployment-sid/v1.${firstKey}`).digest('hex').slice(0, 32)}`;
}
