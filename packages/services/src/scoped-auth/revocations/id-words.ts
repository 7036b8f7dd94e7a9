// Ids as four words of 32 bits. UUIDs and sids both have 128 bits: read whole, two ids are equal exactly if their words
// are, so that no revocation ever hits somebody else by a collision.

/** An id, as four signed words. */
export type IdWords = Int32Array;

/** Reads a UUID into `words`. The text must be one, in either case. */
export function readUuid(text: string, words: IdWords): void {
  words[0] = word(text, 0, 4);
  words[1] = word(text, 9, 14);
  words[2] = word(text, 19, 24);
  words[3] = word(text, 28, 32);
}

/** Reads the digits of a sid into `words`. The text must be a sid, in either case; its prefix is passed over. */
export function readSid(text: string, words: IdWords): void {
  words[0] = word(text, 2, 6);
  words[1] = word(text, 10, 14);
  words[2] = word(text, 18, 22);
  words[3] = word(text, 26, 30);
}

/** Eight hexadecimal digits, four of them at each place. */
function word(text: string, high: number, low: number): number {
  return (
    (digit(text, high) << 28) |
    (digit(text, high + 1) << 24) |
    (digit(text, high + 2) << 20) |
    (digit(text, high + 3) << 16) |
    (digit(text, low) << 12) |
    (digit(text, low + 1) << 8) |
    (digit(text, low + 2) << 4) |
    digit(text, low + 3)
  );
}

// The digits are 0x30 to 0x39, the letters 0x41 and 0x61 onwards: bit 6 tells them apart.
function digit(text: string, at: number): number {
  const code = text.charCodeAt(at);
  return (code & 15) + 9 * (code >> 6);
}
