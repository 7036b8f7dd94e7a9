// The list of the client's files for people: the tag to paste, and what there is besides.

import { clientFilesPath } from '@gangway/contracts/starship';
import { pageShell } from '../docs/page-shell.ts';
import { renderMarkdown } from '../docs/render-markdown.ts';
import { version } from '../version.ts';
import type { BuiltFile } from './client-files.ts';
import { scriptTag } from './script-tag.ts';

/** The page, in the frame of the documentation. */
export function sdkPage(files: readonly BuiltFile[], publicUrl: string, demo: boolean): string {
  const rows = files.map(
    ({ path, summary, bytes, integrity }) =>
      `| [${path.slice('/sdk/'.length)}](${publicUrl}${path})<br>${summary}<br>\`${integrity}\` | ${bytes} |`,
  );
  const text = `# The client for a page

Version ${version}. Paste this before your own script, and the page has \`Gangway.createWebchatSession\`:

\`\`\`html
${scriptTag(files, publicUrl)}
\`\`\`

With \`integrity\`, browsers run this very file or none. An update of this node may bring another file, and another hash:
leave \`integrity\` out, or change it with the node. [The quick start](quick-start.md#pin-the-file) says how that goes without a gap.

| file | bytes |
|---|---|
${rows.join('\n')}

[Quick start](quick-start.md) · [Reference](sdk.md) · [Privacy](privacy.md)
`;
  const addresses = new Map(['quick-start', 'sdk', 'privacy'].map((name) => [`${name}.md`, `/docs/${name}`]));
  return pageShell({ ...renderMarkdown(text, '', addresses), address: clientFilesPath, demo });
}
