// What is wrong with a value that does not fit its schema, in words for the person who wrote it.

/** An error as TypeBox tells it: several for one mistake, the most exact first. */
export interface SchemaError {
  readonly keyword: string;
  /** Where, as a JSON pointer (RFC 6901). */
  readonly instancePath: string;
  readonly params: object;
  readonly message: string;
}

/** The steps from a value to a part of it: names of members and indices of lists. */
export type Path = readonly (string | number)[];

/** A problem, and the part of the value that has it. */
export interface Problem {
  readonly path: Path;
  readonly reason: string;
}

/** Says the first problem of a value. A member that is missing counts as a problem of the object that lacks it. */
export function schemaProblem(errors: readonly SchemaError[]): Problem {
  const [first] = errors;
  if (first === undefined) return { path: [], reason: 'is not as it should be' };
  const path = first.instancePath.split('/').slice(1).map(readStep);
  const params: Readonly<Record<string, unknown>> = { ...first.params };
  if (first.keyword === 'boolean') return { path, reason: 'there is no such member' };
  if (first.keyword === 'required') return { path, reason: `${(params.requiredProperties as string[])[0]} is missing` };
  if (first.keyword !== 'const') return { path, reason: first.message };
  const allowed = errors
    .filter(({ keyword, instancePath }) => keyword === 'const' && instancePath === first.instancePath)
    .map((error) => String((error.params as { allowedValue?: unknown }).allowedValue));
  return { path, reason: allowed.length === 1 ? `must be ${allowed[0]}` : `must be one of ${allowed.join(', ')}` };
}

function readStep(step: string): string | number {
  return /^\d+$/.test(step) ? Number(step) : step.replaceAll('~1', '/').replaceAll('~0', '~');
}
