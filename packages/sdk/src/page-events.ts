// What happens to the page that a session must know of: it wakes up, the network is back, another tab wrote something.

/** An event by its name: `storage` (another tab wrote something), `online`, or one after which the page may have slept. */
export type PageEvent = Pick<Event, 'type'>;

/** Tells of events until the function that it gives is called. */
export type PageEvents = (tell: (event: PageEvent) => void) => () => void;

/** `pageshow` comes out of the back-forward cache, `resume` out of a freeze (Page Lifecycle). */
const names = ['focus', 'pageshow', 'visibilitychange', 'resume', 'online', 'storage'];

/** The browser's own. Some are events of the document; capturing, the window sees them too. */
export const browserPage: PageEvents = (tell) => {
  const listening = new AbortController();

  for (const name of names) globalThis.addEventListener?.(name, tell, { capture: true, signal: listening.signal });
  return () => listening.abort();
};
