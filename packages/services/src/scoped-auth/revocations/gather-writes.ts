// Gathers what is to be written at one time into one transaction: a durable write waits for the disk, and an attack that
// ends many sessions must not make each of them wait for all before it.

/** Writes one item; resolves once it is durable, and rejects where its transaction failed. */
export type GatheredWrite<Item> = (item: Item) => Promise<void>;

interface Waiting<Item> {
  readonly item: Item;
  readonly resolve: () => void;
  readonly reject: (reason: unknown) => void;
}

/**
 * Makes a write of single items out of one of many. What comes while a transaction is under way goes into the next.
 * @param batchMax items of one transaction at most
 */
export function gatherWrites<Item>(write: (items: readonly Item[]) => Promise<void>, batchMax: number): GatheredWrite<Item> {
  const waiting: Waiting<Item>[] = [];
  let isWriting = false;

  async function writeAll(): Promise<void> {
    isWriting = true;
    // Whatever else comes in this turn of the event loop goes along.
    await Promise.resolve();
    while (waiting.length > 0) {
      const batch = waiting.splice(0, batchMax);
      try {
        await write(batch.map(({ item }) => item));
        for (const { resolve } of batch) resolve();
      } catch (error) {
        for (const { reject } of batch) reject(error);
      }
    }
    isWriting = false;
  }

  return (item) =>
    new Promise((resolve, reject) => {
      waiting.push({ item, resolve, reject });
      if (!isWriting) void writeAll();
    });
}
