// A browser with any number of tabs: they share a storage, locks, keys, a clock and the network, and hear of each other's
// writes, as the tabs of a real one do.

import type { LockRequests } from '../browser-locks.ts';
import type { PageEvent } from '../page-events.ts';
import type { ProofKeys } from '../proof-keys.ts';
import { createSession, type SessionOptions, type WebchatSession } from '../session.ts';
import type { SessionState } from '../session-state.ts';
import { type ManualClock, manualClock } from './manual-clock.ts';

/** One tab. */
export interface Tab {
  readonly session: WebchatSession;
  readonly states: SessionState[];
  /** An event of the page. */
  tell(event: PageEvent): void;
  /** How many listeners the session has at the page. */
  readonly listeners: number;
  /** The tab is frozen: it hears nothing until it is thawed. */
  frozen: boolean;
}

/** A browser. */
export interface FakeBrowser {
  readonly clock: ManualClock;
  readonly items: Map<string, string>;
  readonly locks: FakeLocks;
  readonly tabs: readonly Tab[];
  /** Opens a tab with a session in it. */
  open(options?: Partial<SessionOptions> & { readonly keys?: ProofKeys }): Tab;
  /** Closes it as a visitor does: what was under way is lost. */
  close(tab: Tab): void;
}

/** Locks whose holders can be made to hang. */
export interface FakeLocks extends LockRequests {
  /** Takes the lock and never gives it back. */
  hang(name: string): Promise<void>;
}

/** Keys for tests in which no proof matters. */
export const noKeys: ProofKeys = {
  begin: (_lasting, create) => create(undefined),
  prove: async () => undefined,
  present: (_key, _request, send) => send({}),
  forget: () => {},
};

/** Makes a browser whose network is `fetch`. `random`: of every tab by its number; by default all are different and fixed. */
export function fakeBrowser(
  network: typeof fetch,
  random: (tab: number) => () => number = (tab) => () => ((tab * 7 + 1) % 50) / 50,
  clock: ManualClock = manualClock(),
): FakeBrowser {
  const items = new Map<string, string>();
  const tabs: Tab[] = [];
  const locks = fakeLocks();

  const storageOf = (self: () => Tab | undefined) => {
    const spread = () => {
      for (const tab of tabs) {
        if (tab !== self()) queueMicrotask(() => !tab.frozen && tab.tell({ type: 'storage' }));
      }
    };
    return {
      getItem: (name: string) => items.get(name) ?? null,
      setItem: (name: string, value: string) => {
        items.set(name, value);
        spread();
      },
      removeItem: (name: string) => {
        if (items.delete(name)) spread();
      },
    };
  };

  return {
    clock,
    items,
    locks,
    tabs,
    open({ keys = noKeys, ...options } = {}) {
      const number = tabs.length;
      const hearing = new Set<(event: PageEvent) => void>();
      let tab: Tab | undefined;
      const session = createSession(
        {
          url: 'https://chat.example/',
          deploymentKey: 'CV1',
          fetch: network,
          storage: storageOf(() => tab),
          clock,
          random: random(number),
          signals: (loginTimestamp) => ({ 'x-login': loginTimestamp }),
          locks,
          page: (tell) => {
            hearing.add(tell);
            return () => void hearing.delete(tell);
          },
          ...options,
        },
        keys,
      );
      const states: SessionState[] = [];
      session.onChange((state) => states.push(state));
      tab = {
        session,
        states,
        tell: (event) => {
          for (const listener of [...hearing]) listener(event);
        },
        get listeners() {
          return hearing.size;
        },
        frozen: false,
      };
      tabs.push(tab);
      return tab;
    },
    close(tab) {
      tab.session.close();
      tabs.splice(tabs.indexOf(tab), 1);
    },
  };
}

/** Web Locks: one holder of a name at a time, the others in a queue that a signal takes them out of. */
function fakeLocks(): FakeLocks {
  const held = new Set<string>();
  let queue: { readonly name: string; readonly begin: () => void }[] = [];
  const pump = () => {
    const next = queue.find(({ name }) => !held.has(name));
    if (next === undefined) return;
    queue = queue.filter((other) => other !== next);
    held.add(next.name);
    next.begin();
  };
  return {
    request(name, { signal }, task) {
      return new Promise((resolve, reject) => {
        const entry = {
          name,
          begin: () => {
            const release = () => {
              held.delete(name);
              pump();
            };
            void Promise.resolve().then(task).then(resolve, reject).then(release);
          },
        };
        queue.push(entry);
        signal.addEventListener('abort', () => {
          if (!queue.includes(entry)) return;
          queue = queue.filter((other) => other !== entry);
          reject(new DOMException('given up', 'AbortError'));
        });
        pump();
      });
    },
    hang: async (name) => void held.add(name),
  };
}
