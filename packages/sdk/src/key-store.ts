// Where proof keys lie: IndexedDB, the one place of a browser that keeps a key without being able to show it.

/** Keeps key pairs under numbers, which grow with time. */
export interface KeyStore {
  /** Undefined where there is none under that number. */
  get(key: number): Promise<CryptoKeyPair | undefined>;
  /** Keeps a pair; fulfilled when it will outlive the page. */
  put(key: number, pair: CryptoKeyPair): Promise<unknown>;
  /** Fulfilled too where there was none. */
  delete(key: number): Promise<unknown>;
}

/** No session lives longer than 30 days. A key that is older was left behind by a page that was closed at the wrong moment. */
const keyLifeMsMax = 31 * 24 * 3600 * 1000;

/** The browser's own. Every call rejects where the browser does not let it. */
export const browserKeyStore: KeyStore = {
  get: (key) => transact('readonly', (keys) => keys.get(key) as IDBRequest<CryptoKeyPair | undefined>),
  put: (key, pair) =>
    transact('readwrite', (keys) => {
      keys.delete(IDBKeyRange.upperBound(key - keyLifeMsMax));
      return keys.put(pair, key);
    }),
  delete: (key) => transact('readwrite', (keys) => keys.delete(key)),
};

function transact<Value>(mode: IDBTransactionMode, action: (keys: IDBObjectStore) => IDBRequest<Value>): Promise<Value> {
  return new Promise((resolve, reject) => {
    const opening = indexedDB.open('gangway', 1);
    opening.onupgradeneeded = () => opening.result.createObjectStore('keys');
    opening.onerror = () => reject(opening.error);
    opening.onsuccess = () => {
      const database = opening.result;
      try {
        const transaction = database.transaction('keys', mode);
        const request = action(transaction.objectStore('keys'));
        transaction.oncomplete = () => resolve(request.result);
        transaction.onabort = () => reject(transaction.error);
      } catch (thrown) {
        reject(thrown);
      }
      // It closes when the transaction is through.
      database.close();
    };
  });
}
