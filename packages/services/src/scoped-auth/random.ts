// Random bytes for initialization vectors. One system call fills a pool for a thousand tokens, because a call per
// token costs as much as the encryption itself.

import { randomFillSync } from 'node:crypto';

/** Gives `byteCount` fresh random bytes. */
export type RandomBytes = (byteCount: number) => Buffer;

const poolBytes = 12 * 1024;

/**
 * Random bytes of the operating system's generator, drawn from a pool. No byte is given out twice: a spent pool is
 * replaced, never filled again, so that bytes given out before do not change under their holder.
 */
export function pooledRandomBytes(): RandomBytes {
  let pool = Buffer.alloc(0);
  let offset = 0;
  return (byteCount) => {
    if (offset + byteCount > pool.length) {
      pool = randomFillSync(Buffer.allocUnsafeSlow(Math.max(poolBytes, byteCount)));
      offset = 0;
    }
    const start = offset;
    offset += byteCount;
    return pool.subarray(start, offset);
  };
}
