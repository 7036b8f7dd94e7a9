// The answering side: a few rules and no language model. What it can tell is what every backend behind Gangway knows of
// a visitor whom nobody knows: who is asking, with which grants, until when, and how that was checked.

/** What the purser knows of a visitor. */
export interface Guest {
  readonly identity: string;
  readonly account: string;
  readonly deployment: string;
  readonly grants: readonly unknown[];
  /** Whether the proof of a key was verified with the token. */
  readonly proofChecked: boolean;
  /** When the session began: seconds since 1970. */
  readonly sessionStartedAt: number;
  /** When the token expires: milliseconds since 1970. */
  readonly expiresAt: number;
}

/** What the purser says first. */
export const greeting =
  'Welcome aboard. I am the purser: a small program with fixed answers, no language model. Ask me “who am I”, “how long”, “what is on board”, or for help.';

const help =
  'I understand:\n• who am I: what a backend knows of you\n• how long: until when your token counts\n• what is on board: what your grants allow\n• help: this list\nEverything else you say is kept as well, and every tab of yours shows it.';

type Rule = readonly [pattern: RegExp, answer: (guest: Guest, now: number) => string];

/** The first that matches answers. */
const rules: readonly Rule[] = [
  [/\bwho\b.*\b(am i|me)\b|\bknow\b.*\bme\b/, whoAmI],
  [/\bhow long\b|\bexpires?\b|\buntil when\b/, howLong],
  [/\bon board\b|\bgrants?\b|\ballowed\b|\bmay i\b/, whatIsOnBoard],
  [/\bhelp\b|\bwhat can you\b|\bcommands?\b/, () => help],
  [/\b(bot|human|robot|ai|model|gpt|person|program)\b|\bwho are you\b|\bare you real\b/, whatIAm],
  [
    /\b(hello|hi|hey|ahoy|good (morning|day|evening|afternoon))\b/,
    () => 'Ahoy! What would you like to know? “help” lists what I understand.',
  ],
  [/\bhow are you\b/, () => 'Dry, and on time. A purser asks for no more.'],
  [/\b(thanks|thank you|cheers)\b/, () => 'With pleasure.'],
  [/\b(bye|goodbye|farewell|see you)\b/, () => 'Fair winds. What we said stays here while your session lives.'],
];

/**
 * Answers a visitor. The same words from the same visitor at the same time always get the same answer.
 * @param now milliseconds since 1970
 */
export function answer(text: string, guest: Guest, now: number): string {
  const words = text.toLowerCase().replaceAll('’', "'");
  const [, rule] = rules.find(([pattern]) => pattern.test(words)) ?? [];
  return rule?.(guest, now) ?? 'I have no answer to that: I am only a few rules. “help” lists what I understand.';
}

function whoAmI({ identity, account, deployment, proofChecked }: Guest): string {
  const proof = proofChecked
    ? 'Your browser proved that it holds the key of this session: a copy of your token alone would not have got in.'
    : 'Your session is bound to no key, so no proof was asked for: whoever copies the token is taken for you while it counts.';
  return `You are ${identity}. That is a random number and all that I know of you: no name, no address.\nYou came through deployment ${deployment} of account ${account}.\n${proof}\nWhether it is still the same browser, Gangway sees at each refresh; I see no signals.`;
}

function howLong({ expiresAt, sessionStartedAt }: Guest, now: number): string {
  const aboard = inMinutes(now - sessionStartedAt * 1000);
  return `You have been aboard for ${aboard}, and your token counts for ${inMinutes(expiresAt - now)} more. Your browser gets the next one before that, and shows it to me over this same connection.`;
}

function inMinutes(durationMs: number): string {
  const minutes = Math.floor(durationMs / 60_000);
  if (minutes < 1) return 'less than a minute';
  return minutes === 1 ? '1 minute' : `${minutes} minutes`;
}

function whatIsOnBoard({ grants }: Guest): string {
  const names = grants.map(nameOf).filter((name) => name !== undefined);
  const list = names.length === 0 ? 'nothing' : names.join(', ');
  return `Your token grants: ${list}. The operator says so per deployment, and nobody on the way can change it. On board there is this chat, its memory of what we said, and me.`;
}

function whatIAm(): string {
  return 'A few rules in a file called purser.ts. There is no language model behind me and no person either, so please tell me nothing that matters.';
}

/** A grant's name; what else it says is not for a chat line. */
export function nameOf(grant: unknown): string | undefined {
  const name = grant !== null && typeof grant === 'object' && 'grant' in grant ? grant.grant : grant;
  return typeof name === 'string' ? name : undefined;
}
