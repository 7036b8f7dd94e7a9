// Remembers what the service said of encrypted tokens, by the hash of the token, never the token: who reads this memory finds
// nothing to present. Only answers that a token counts are remembered. A refusal is asked for again each time: whoever
// makes tokens up would otherwise fill the memory with them, and push out those that count.

import type { Moment, ServiceClock } from './clock.ts';
import type { Service } from './service.ts';
import { createSingleFlight } from './single-flight.ts';
import { freeze, type TokenFacts } from './token-facts.ts';
import type { Visitor } from './verdict.ts';

/** An answer that is remembered. */
export interface Answer {
  readonly facts: TokenFacts;
  /** When it was asked for. */
  readonly askedAt: Moment;
  /** The visitor of a token that needs no proof: made once, for all requests. */
  visitor?: Visitor;
  readonly bytes: number;
}

/** What the service said. */
export interface IntrospectedTokens {
  /** An answer that may still be used, as far as its age and the token's end go. */
  recall(tokenHash: string): Answer | undefined;
  /**
   * Asks; whoever asks for the same token meanwhile gets the same answer. Undefined: the token does not count.
   * @throws ServiceProblem
   */
  ask(tokenHash: string, token: string): Promise<Answer | undefined>;
  forget(tokenHash: string): void;
  clear(): void;
  readonly size: number;
}

export interface IntrospectedTokensDependencies {
  readonly service: Pick<Service, 'introspect'>;
  readonly serviceClock: ServiceClock;
  readonly entriesMax: number;
  readonly bytesMax: number;
  /** No answer is used for longer: the feed tells all but a killed key. */
  readonly ageMaxMs: number;
}

/** What an answer takes besides its grants: hash, ids, times and the places in the map, measured with room to spare. */
const bytesOfEntry = 1500;

/** Makes the memory. */
export function createIntrospectedTokens(dependencies: IntrospectedTokensDependencies): IntrospectedTokens {
  const { service, serviceClock, entriesMax, bytesMax, ageMaxMs } = dependencies;
  const answers = new Map<string, Answer>();
  const singleFlight = createSingleFlight<Answer | undefined>();
  let bytes = 0;
  let epoch = 0;

  function forget(tokenHash: string): void {
    const answer = answers.get(tokenHash);
    if (answer === undefined) return;
    answers.delete(tokenHash);
    bytes -= answer.bytes;
  }

  function remember(tokenHash: string, answer: Answer): void {
    forget(tokenHash);
    answers.set(tokenHash, answer);
    bytes += answer.bytes;
    // Those that were asked for the longest ago are the first to go; their end is the nearest too.
    for (const oldest of answers.keys()) {
      if (answers.size <= entriesMax && bytes <= bytesMax) return;
      forget(oldest);
    }
  }

  const isUsable = ({ facts, askedAt }: Answer) =>
    serviceClock.elapsedSince(askedAt) < ageMaxMs && serviceClock.now() < facts.expiration * 1000;

  return {
    recall(tokenHash) {
      const answer = answers.get(tokenHash);
      if (answer === undefined || isUsable(answer)) return answer;
      forget(tokenHash);
      return undefined;
    },

    ask: (tokenHash, token) =>
      singleFlight(tokenHash, async () => {
        const askedAt = serviceClock.moment();
        const askedIn = epoch;
        const facts = await service.introspect(token);
        if (facts === undefined) return undefined;
        const answer: Answer = { facts: freeze(facts), askedAt, bytes: bytesOfEntry + 4 * JSON.stringify(facts.grants).length };
        // What was asked before all was forgotten is not remembered after it; nor what has no time left.
        if (askedIn === epoch && isUsable(answer)) remember(tokenHash, answer);
        return answer;
      }),

    forget,
    clear() {
      answers.clear();
      bytes = 0;
      epoch += 1;
    },
    get size() {
      return answers.size;
    },
  };
}
