// The browser's Web Locks, held for one task more than asked. Firefox sends what a page wrote to its storage at the end of
// the task, and the release of a lock before that: the next tab would read the token of before, and show it again.

/** The part of the browser's `LockManager` that is used. */
export interface LockRequests {
  request<Value>(name: string, options: { readonly signal: AbortSignal }, task: () => Promise<Value>): Promise<Value>;
}

/** Gives undefined where there are none, such as on pages without https. */
export function browserLocks(): LockRequests | undefined {
  const locks = globalThis.navigator?.locks;
  return (
    locks && {
      request: (name, options, task) =>
        // Another lock comes in another task, and at once; timers of a hidden page may wait for a minute.
        locks.request(name, options, () => task().finally(() => locks.request(`${name}:task`, () => {}))),
    }
  );
}
