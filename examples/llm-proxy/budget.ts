// Who may still spend how much today. What a request could cost at most is reserved before it is sent, and settled by what it
// did cost: any number of requests at once cannot spend more than there is. In the memory of this process: with several, or
// where a restart must not give everybody a new day, keep the same two figures in a database.

/** A part of a budget, held for one request. */
export interface Reservation {
  /** How much may be spent. */
  readonly tokens: number;
  /** Gives back what was not spent. Only the first call counts. */
  settle(spent: number): void;
}

/** Why nothing was reserved, and in how many seconds it is worth asking again. */
export interface Shortage {
  readonly shortOf: 'own budget' | 'budget of all' | 'memory';
  readonly retryAfterSeconds: number;
}

export interface Budget {
  /**
   * Reserves at least `min` and at most `max` tokens.
   * @param perDay how many the visitor may spend in a day
   */
  reserve(identity: string, perDay: number, range: { readonly min: number; readonly max: number }): Reservation | Shortage;
}

export interface BudgetOptions {
  /**
   * How many tokens all visitors together may spend in a day. A visitor who begins a new session is another visitor, with a
   * budget of its own: this is what bounds the bill.
   */
  readonly perDayOfAll: number;
  /** How many visitors are remembered in a day; more are turned away. */
  readonly visitorsMax?: number;
  /** Now, in milliseconds since 1970. */
  readonly now?: () => number;
}

interface Account {
  spent: number;
  reserved: number;
}

const dayMs = 86_400_000;
/** What other requests hold is often given back soon. */
const retrySoonSeconds = 5;

/** Makes the budgets of a day, and of each day after it. Days begin at midnight, UTC. */
export function createBudget({ perDayOfAll, visitorsMax = 100_000, now = Date.now }: BudgetOptions): Budget {
  let day = -1;
  let accounts = new Map<string, Account>();
  let all: Account = { spent: 0, reserved: 0 };

  function beginDay(): void {
    const today = Math.floor(now() / dayMs);
    // A clock that is set back does not begin the day anew.
    if (today <= day) return;
    day = today;
    // What is still under way is settled with the day on which it was reserved.
    accounts = new Map();
    all = { spent: 0, reserved: 0 };
  }

  function shortage(shortOf: Shortage['shortOf'], isHeldByOthers: boolean): Shortage {
    const untilMidnight = Math.ceil(((day + 1) * dayMs - now()) / 1000);
    return { shortOf, retryAfterSeconds: isHeldByOthers ? retrySoonSeconds : Math.max(1, untilMidnight) };
  }

  return {
    reserve(identity, perDay, { min, max }) {
      beginDay();
      const own = accounts.get(identity) ?? { spent: 0, reserved: 0 };
      const common = all;
      if (leftOf(own, perDay) < min) return shortage('own budget', perDay - own.spent >= min);
      if (leftOf(common, perDayOfAll) < min) return shortage('budget of all', perDayOfAll - common.spent >= min);
      if (!accounts.has(identity) && accounts.size >= visitorsMax) return shortage('memory', false);
      accounts.set(identity, own);

      const tokens = Math.min(max, leftOf(own, perDay), leftOf(common, perDayOfAll));
      let isSettled = false;
      for (const account of [own, common]) account.reserved += tokens;
      return {
        tokens,
        settle(spent) {
          if (isSettled) return;
          isSettled = true;
          for (const account of [own, common]) {
            account.reserved -= tokens;
            account.spent += spent;
          }
        },
      };
    },
  };
}

function leftOf({ spent, reserved }: Account, perDay: number): number {
  return perDay - spent - reserved;
}
