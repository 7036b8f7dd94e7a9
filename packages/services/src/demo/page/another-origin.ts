// Lets a page of another origin try: a sandboxed frame, which the browser holds to the rules for strangers.

import type { OriginVerdict } from '@gangway/sdk';
import { html } from './element.ts';

/** What the stranger learned. */
export interface StrangerReport {
  /** Whether it got a token. */
  readonly given: boolean;
  /** Of its question why. */
  readonly status: number;
  readonly requestId: string;
  readonly verdict: OriginVerdict;
}

const patienceMs = 10_000;

/**
 * Opens the stranger's page in a frame nobody sees, and closes it when it has reported.
 * @throws Error where no report comes within ten seconds
 */
export async function askFromAnotherOrigin(deploymentKey: string): Promise<StrangerReport> {
  const source = `/demo/stranger.html#${encodeURIComponent(deploymentKey)}`;
  const frame = html('iframe', { sandbox: 'allow-scripts', src: source, hidden: '', title: 'A page of another origin' });
  const finished = new AbortController();
  try {
    return await new Promise<StrangerReport>((resolve, reject) => {
      const listen = ({ source: sender, data }: MessageEvent) => {
        if (sender === frame.contentWindow) resolve(data as StrangerReport);
      };
      addEventListener('message', listen, { signal: finished.signal });
      const timer = setTimeout(() => reject(new Error('the other page said nothing')), patienceMs);
      finished.signal.addEventListener('abort', () => clearTimeout(timer));
      document.body.append(frame);
    });
  } finally {
    finished.abort();
    frame.remove();
  }
}
