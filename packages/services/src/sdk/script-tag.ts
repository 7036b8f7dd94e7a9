// The tag that a site pastes: with the hash, so that its browser runs this very file or none.

import type { BuiltFile } from './client-files.ts';

/**
 * The script tag for the client.
 * @param publicUrl the address of the node, as visitors know it
 */
export function scriptTag(files: readonly Pick<BuiltFile, 'path' | 'integrity'>[], publicUrl: string): string {
  const { path, integrity } = files.find((file) => file.path === '/sdk/gangway.js') ?? { path: '', integrity: '' };
  return `<script src="${publicUrl}${path}" integrity="${integrity}" crossorigin="anonymous"></script>`;
}
