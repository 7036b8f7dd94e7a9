// The browser's Web Locks, held for one task more than asked. Firefox sends what a page wrote to its storage at the end of
// the task, and the release of a lock before that: the next tab would read the token of before, and show it again.

import type { LockRequests } from './session-lock.ts';

/** The end of the task that runs now. A message comes at once; timers of a hidden page may wait for a minute. */
const endOfTask = () =>
  new Promise<void>((resolve) => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => {
      port1.close();
      resolve();
    };
    port2.postMessage(0);
  });

/** Gives undefined where there are none, such as on pages without https. */
export function browserLocks(): LockRequests | undefined {
  const locks = globalThis.navigator?.locks;
  return (
    locks && {
      request: (name, options, task) => locks.request(name, options, () => task().finally(endOfTask)),
    }
  );
}
