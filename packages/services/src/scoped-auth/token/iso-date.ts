// Moments in ISO 8601. Writing one costs as much as a tenth of sealing a token, and all tokens of a second say the same.

/**
 * Makes a writer that remembers the last moment it wrote.
 * @returns takes milliseconds since 1970, gives ISO 8601 in UTC
 */
export function isoWriter(): (ms: number) => string {
  let lastMs = Number.NaN;
  let lastText = '';
  return (ms) => {
    if (ms !== lastMs) {
      lastText = new Date(ms).toISOString();
      lastMs = ms;
    }
    return lastText;
  };
}
