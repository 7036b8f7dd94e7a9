// Reads the words at an arrow: `POST /v2/… req.body.a=b`, `{a: b, c}`, `Returns 403 …`, or the words of a step.

/** What the words at an arrow say. */
export interface Label {
  /** The method and path of a request, the words of a step. */
  readonly words: string;
  /** The members that they name, with the values they give; empty where they give none. */
  readonly fields: Readonly<Record<string, string>>;
}

/** Reads a label. */
export function readLabel(text: string): Label {
  const [route] = /^(?:GET|POST) [^\s?]+/.exec(text) ?? [];
  return {
    words: route ?? text,
    fields: Object.fromEntries([...sentMembers(text), ...objectMembers(text), ...headerMembers(text)]),
  };
}

/** `req.body.token=token`, and `?DeploymentKey=deployment_key` of a query. */
function sentMembers(text: string): readonly Member[] {
  return [...text.matchAll(/(?:req\.body\.|[?&])(\w+)=(\S+)/g)].map(([, name = '', value = '']) => [name, value]);
}

/** The status of an answer, and its `Access-Control-Allow-Origin`, of which the diagram shows an example. */
function headerMembers(text: string): readonly Member[] {
  const status = /^Returns (\d{3})/.exec(text)?.[1];
  return [
    ...(status === undefined ? [] : [['status', status] as const]),
    ...(text.includes('res.header.ACAO=') ? [['accessControlAllowOrigin', ''] as const] : []),
  ];
}

type Member = readonly [name: string, value: string];

/** The outermost members of an object: `{authorized: true, auth_account: {account_id, account_sid}}`. */
function objectMembers(text: string): readonly Member[] {
  const start = text.indexOf('{');
  if (start < 0) return [];
  const members: string[] = [''];
  let depth = 0;
  for (const character of text.slice(start)) {
    if (character === '}') depth -= 1;
    if (depth === 1 && character === ',') members.push('');
    else if (depth > 0) members.push(`${members.pop()}${character}`);
    if (character === '{') depth += 1;
    if (depth === 0) break;
  }
  return members.map((member) => {
    const [name = '', ...value] = member.split(':');
    return [name.trim(), value.join(':').trim()];
  });
}
