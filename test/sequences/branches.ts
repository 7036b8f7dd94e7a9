// The branches of the two diagrams: for each, the sections that are on its way. Flow tests of every topology hold what
// they recorded against them.

import { type DrawnMessage, readDiagram } from './diagram.ts';

/** One way through a diagram. */
export interface Branch {
  readonly diagram: 'create-token' | 'refresh-token';
  readonly sections: readonly string[];
}

/** All branches, by what happens. */
export const branches = {
  createWithoutSecurity: {
    diagram: 'create-token',
    sections: ['Webchat Security feature is turned off via Feature Flag'],
  },
  createWithoutFingerprint: {
    diagram: 'create-token',
    sections: ['Feature is on and Fingerprint generation failed!'],
  },
  create: {
    diagram: 'create-token',
    sections: ['Feature is turned on & Fingerprint is generated'],
  },
  refresh: {
    diagram: 'refresh-token',
    sections: ['Feature is on', 'Valid token, valid fingerprint and feature is on'],
  },
  refreshWithoutSecurity: {
    diagram: 'refresh-token',
    sections: ['Feature is off', 'Valid token and feature is off'],
  },
  refreshInOtherBrowser: {
    diagram: 'refresh-token',
    sections: ['Feature is on', 'Valid token, invalid fingerprint and feature is on'],
  },
  refreshWithInvalidToken: {
    diagram: 'refresh-token',
    sections: ['Feature is on', 'Invalid token'],
  },
  refreshWithInvalidTokenWithoutSecurity: {
    diagram: 'refresh-token',
    sections: ['Feature is off', 'Invalid token'],
  },
} as const satisfies Record<string, Branch>;

/** The name of a branch. */
export type BranchName = keyof typeof branches;

/** The messages that the diagram draws on a branch, in their order. */
export async function drawnMessages(name: BranchName): Promise<readonly DrawnMessage[]> {
  const { diagram, sections } = branches[name];
  return (await readDiagram(diagram)).messages(sections);
}
