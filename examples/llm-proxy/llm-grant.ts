// What the visitor's token says about language models. The operator wrote it into the deployment; the token bears it out.

import type { Visitor } from '@gangway/verify';

/** `{ "grant": "llm", "tokensPerDay": 20000, "models": ["small"] }` */
export interface LlmGrant {
  /** Of prompt and answer together. */
  readonly tokensPerDay: number;
  readonly models: readonly string[];
}

/** The visitor's grant, or undefined where there is none that says how much and of which models. */
export function llmGrantOf({ grants }: Pick<Visitor, 'grants'>): LlmGrant | undefined {
  const { tokensPerDay, models } = (grants.find(({ grant }) => grant === 'llm') ?? {}) as Readonly<Record<string, unknown>>;
  if (!Number.isSafeInteger(tokensPerDay) || !Array.isArray(models)) return undefined;
  return { tokensPerDay: Number(tokensPerDay), models: models.filter((model) => typeof model === 'string') };
}
