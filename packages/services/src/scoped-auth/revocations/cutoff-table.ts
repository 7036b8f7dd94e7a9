// A table from ids to moments, made to be asked by every request with a million entries in it: 25 bytes a place in typed
// arrays, which the garbage collector does not look into, open addressing. A byte of each place, the tag, lies apart, so
// that the usual question, for an id that is not there, reads two megabytes' worth of memory instead of forty.
// It consists of a thousand small tables, so that it grows and forgets a small piece at a time.

import type { IdWords } from './id-words.ts';

/** Ids, each with the moment up to which what bears it is dead. */
export interface CutoffTable {
  readonly size: number;
  /** Memory of the entries and of the free places between them. */
  readonly bytes: number;
  /** The moment of an id, or -1, which is before every moment. */
  cutoffOf(id: IdWords): number;
  /**
   * Adds an id, or moves its moment and its expiry to the later ones.
   * @param cutoffSeconds NumericDate, or `always`
   * @param expiresAtMs when it may be forgotten
   */
  set(id: IdWords, cutoffSeconds: number, expiresAtMs: number): void;
  /** Forgets what has expired, in a small piece of the table; the next call goes on from there. */
  sweep(nowMs: number): void;
}

/** Later than every moment. Moments are kept in 32 bits, which last until 2106. */
export const always = 0xffff_ffff;

const pieceCount = 1024;
/** At a call a second, all pieces have their turn within about two minutes. */
const piecesPerSweep = 8;
/** Four words of the id, the cutoff in seconds, the expiry in minutes. */
const entryWords = 6;
const cutoffWord = 4;
const expiryWord = 5;
/** Fuller than this, and a piece grows: the fuller, the longer the search for an id that is not there. */
const fullest = 0.7;
const emptiest = 0.5;
const minuteMs = 60_000;

interface Piece {
  /** Eight bits of the hash, or 0 where the place is free. */
  tags: Uint8Array;
  words: Int32Array;
  capacity: number;
  count: number;
}

/** Makes an empty table. */
export function createCutoffTable(): CutoffTable {
  const pieces: readonly Piece[] = Array.from({ length: pieceCount }, () => ({
    tags: new Uint8Array(0),
    words: new Int32Array(0),
    capacity: 0,
    count: 0,
  }));
  let size = 0;
  let swept = 0;

  return {
    get size() {
      return size;
    },
    get bytes() {
      return pieces.reduce((sum, { tags, words }) => sum + tags.byteLength + words.byteLength, 0);
    },

    cutoffOf(id) {
      if (size === 0) return -1;
      const hash = hashOf(id);
      const piece = pieces[hash >>> 22];
      if (piece === undefined || piece.count === 0) return -1;
      const place = placeOf(piece, id, hash);
      return piece.tags[place] === 0 ? -1 : (piece.words[place * entryWords + cutoffWord] ?? 0) >>> 0;
    },

    set(id, cutoffSeconds, expiresAtMs) {
      const hash = hashOf(id);
      const piece = pieces[hash >>> 22];
      if (piece === undefined) return;
      if (piece.count + 1 > piece.capacity * fullest) rebuild(piece, Math.ceil((piece.count + 1) / emptiest), 0);
      const { tags, words } = piece;
      const place = placeOf(piece, id, hash);
      const at = place * entryWords;
      const isNew = tags[place] === 0;
      if (isNew) {
        tags[place] = tagOf(hash);
        words.set(id, at);
        piece.count += 1;
        size += 1;
      }
      const cutoff = Math.max(isNew ? 0 : (words[at + cutoffWord] ?? 0) >>> 0, Math.min(cutoffSeconds, always));
      words[at + cutoffWord] = cutoff;
      words[at + expiryWord] = Math.max(words[at + expiryWord] ?? 0, Math.ceil(expiresAtMs / minuteMs));
    },

    sweep(nowMs) {
      const nowMinutes = Math.floor(nowMs / minuteMs);
      for (let turn = 0; turn < piecesPerSweep; turn += 1) {
        const piece = pieces[swept];
        swept = (swept + 1) % pieceCount;
        if (piece === undefined) continue;
        const living = livingIn(piece, nowMinutes);
        if (living === piece.count) continue;
        size -= piece.count - living;
        rebuild(piece, Math.ceil(living / emptiest), nowMinutes);
      }
    },
  };
}

/** Where the id is in a piece, or the free place where it would be. */
function placeOf({ tags, words, capacity }: Piece, id: IdWords, hash: number): number {
  const tag = tagOf(hash);
  // The piece was chosen by the upper 10 bits, the place is by those below them.
  let place = Math.floor(((hash & 0x3f_ffff) * capacity) / 0x40_0000);
  while (tags[place] !== 0) {
    if (tags[place] === tag && isAt(words, place * entryWords, id)) return place;
    place = place + 1 === capacity ? 0 : place + 1;
  }
  return place;
}

function isAt(words: Int32Array, at: number, id: IdWords): boolean {
  return words[at] === id[0] && words[at + 1] === id[1] && words[at + 2] === id[2] && words[at + 3] === id[3];
}

function tagOf(hash: number): number {
  return (hash & 0xff) === 0 ? 1 : hash & 0xff;
}

/** Writes a piece anew with room for `capacity` entries, without those that expired before `nowMinutes`. */
function rebuild(piece: Piece, capacity: number, nowMinutes: number): void {
  const { tags, words } = piece;
  piece.tags = new Uint8Array(capacity);
  piece.words = new Int32Array(capacity * entryWords);
  piece.capacity = capacity;
  piece.count = 0;
  for (const [place, tag] of tags.entries()) {
    if (tag === 0) continue;
    const entry = words.subarray(place * entryWords, (place + 1) * entryWords);
    if ((entry[expiryWord] ?? 0) < nowMinutes) continue;
    const hash = hashOf(entry);
    const newPlace = placeOf(piece, entry, hash);
    piece.tags[newPlace] = tagOf(hash);
    piece.words.set(entry, newPlace * entryWords);
    piece.count += 1;
  }
}

function livingIn({ tags, words }: Piece, nowMinutes: number): number {
  let living = 0;
  for (const [place, tag] of tags.entries()) {
    if (tag !== 0 && (words[place * entryWords + expiryWord] ?? 0) >= nowMinutes) living += 1;
  }
  return living;
}

/**
 * Spreads ids over the table. No secret goes into it: the ids of valid tokens are random and made here, so that nobody
 * chooses them to meet in one place; sids that operators number one by one are spread by the multiplications.
 */
function hashOf(id: IdWords): number {
  let hash = Math.imul((id[0] ?? 0) ^ ((id[0] ?? 0) >>> 16), 0x85eb_ca6b);
  hash = Math.imul(hash ^ (id[1] ?? 0) ^ (hash >>> 15), 0xc2b2_ae35);
  hash = Math.imul(hash ^ (id[2] ?? 0) ^ (hash >>> 13), 0x27d4_eb2f);
  hash = Math.imul(hash ^ (id[3] ?? 0) ^ (hash >>> 16), 0x9e37_79b1);
  hash = Math.imul(hash ^ (hash >>> 15), 0x85eb_ca6b);
  return hash ^ (hash >>> 16);
}
