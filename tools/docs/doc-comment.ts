// Reads a doc comment: its text, and its tags.

/** A doc comment, taken apart. */
export interface DocComment {
  /** What stands before the first tag: each paragraph and each item of a list on one line. */
  readonly text: string;
  readonly parameters: ReadonlyMap<string, string>;
  readonly returns: string | undefined;
  /** Each with the name of what is thrown first. */
  readonly throws: readonly string[];
  /** Code, as it stands there. */
  readonly examples: readonly string[];
}

/**
 * Reads a comment.
 * @param comment what stands between the opening and the closing of the comment
 */
export function readDocComment(comment: string | undefined): DocComment {
  const lines = (comment ?? '').split('\n').map((line) => line.replace(/^\s*\*+ ?/, '').trimEnd());
  const [text = '', ...tagged] = lines.join('\n').split(/^@/m);
  const tags = tagged.map((tag) => {
    const [, name = '', words = ''] = /^(\w+)([\s\S]*)$/.exec(tag) ?? [];
    return { name, words: name === 'example' ? words.replace(/^\s*\n/, '').trimEnd() : oneLine(words) };
  });
  const known = new Set(['param', 'returns', 'throws', 'example']);
  const unknown = tags.find(({ name }) => !known.has(name));
  if (unknown !== undefined) throw new Error(`@${unknown.name} is no tag that the reference shows: "${oneLine(text)}"`);
  const wordsOf = (wanted: string) => tags.filter(({ name }) => name === wanted).map(({ words }) => words);
  const parameters = wordsOf('param').map((words) => {
    const [name = '', description = ''] = words.split(/ (.*)/, 2);
    return [name, description] as const;
  });
  return {
    text: paragraphs(text),
    parameters: new Map(parameters),
    returns: wordsOf('returns')[0],
    throws: wordsOf('throws'),
    examples: wordsOf('example'),
  };
}

const paragraphs = (text: string) =>
  text
    .split(/\n\s*\n|\n(?=\s*- )/)
    .map((part) => oneLine(part))
    .filter(Boolean)
    .join('\n');

const oneLine = (text: string) => text.replaceAll(/\s+/g, ' ').trim();
