// What to paste, filled in for this very server: the tag with its hash, what a page does
// with it, and what a backend does.

import { byId, html } from './element.ts';

const copiedShownMs = 1600;

/** Shows the snippets for a deployment. */
export async function showSnippets(deploymentKey: string): Promise<void> {
  const { origin } = location;
  const page = `${await scriptTag(origin)}
<script>
  const session = Gangway.createWebchatSession({
    url: '${origin}',
    deploymentKey: '${deploymentKey}',
  });
  // Like fetch, with the token and its proof:
  session.fetch('/chat', { method: 'POST', body: 'Hello' });
</script>`;
  const backend = `import { createVerifier } from '@gangway/verify';

const verifier = createVerifier({
  url: 'http://localhost:4002', // the service port
  credential: process.env.CREDENTIAL, // npx gangway backends create …
  publicUrls: ['https://chat.example'], // this backend, as visitors know it
});

// For each request:
const visitor = await verifier.verify(request);
if (!visitor.authorized) return new Response(visitor.message, visitor);
// visitor.identity, visitor.grants`;
  byId('snippets', HTMLElement).replaceChildren(
    snippet('page', 'In your page', page),
    snippet('backend', 'In your backend', backend),
  );
}

/** The tag as the server says it, with the hash of the file that it serves now. */
async function scriptTag(origin: string): Promise<string> {
  try {
    const answer = await fetch('/sdk', { headers: { accept: 'application/json' } });
    const { scriptTag: tag } = (await answer.json()) as { readonly scriptTag?: string };
    if (tag !== undefined) return tag.replaceAll(/ (?=integrity|crossorigin)/g, '\n  ');
  } catch {}
  return `<script src="${origin}/sdk/gangway.js"></script>`;
}

function snippet(id: string, title: string, text: string): HTMLElement {
  const copy = html('button', { type: 'button', class: 'small', id: `copy-${id}` }, 'Copy');
  copy.setAttribute('aria-label', `Copy: ${title}`);
  copy.addEventListener('click', async () => {
    copy.textContent = await navigator.clipboard.writeText(text).then(
      () => 'Copied',
      () => 'Not allowed here',
    );
    setTimeout(() => {
      copy.textContent = 'Copy';
    }, copiedShownMs);
  });
  return html(
    'div',
    { class: 'snippet' },
    html('div', { class: 'snippet-head' }, html('h3', {}, title), copy),
    html('pre', { tabindex: '0', role: 'group', 'aria-label': title }, html('code', { id: `snippet-${id}` }, text)),
  );
}
