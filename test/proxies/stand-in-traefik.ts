// Does with examples/proxies/traefik.yml what Traefik's documentation says of each option in it: the middlewares of the router
// in their order, then the service. An option that it does not know fails the test.

import { expect } from 'vitest';
import { parse } from 'yaml';
import { configuration, type ProxyUnderTest } from './proxy-under-test.ts';
import { type Passed, passOn, type Reply, startStandIn } from './stand-in.ts';

interface HeadersOptions {
  readonly customRequestHeaders?: Readonly<Record<string, string>>;
  readonly accessControlAllowOriginList?: readonly string[];
  readonly accessControlAllowMethods?: readonly string[];
  readonly accessControlAllowHeaders?: readonly string[];
  readonly accessControlExposeHeaders?: readonly string[];
  readonly accessControlMaxAge?: number;
  readonly addVaryHeader?: boolean;
}
interface ForwardAuthOptions {
  readonly address: string;
  readonly trustForwardHeader: boolean;
  readonly authResponseHeadersRegex: string;
}
interface Middleware {
  readonly headers?: HeadersOptions;
  readonly forwardAuth?: ForwardAuthOptions;
}
interface Configuration {
  readonly http: {
    readonly routers: {
      readonly chat: { readonly rule: string; readonly middlewares: readonly string[]; readonly service: string };
    };
    readonly middlewares: Readonly<Record<string, Middleware>>;
    readonly services: Readonly<
      Record<string, { readonly loadBalancer: { readonly servers: readonly { readonly url: string }[] } }>
    >;
  };
}

type Handler = (request: Passed) => Promise<Reply>;
const knownOptions =
  /^(customRequestHeaders|accessControl(Allow(OriginList|Methods|Headers)|ExposeHeaders|MaxAge)|addVaryHeader)$/;

/** The headers middleware: requests' own headers set or taken away, and CORS. */
function changeHeaders(options: HeadersOptions, next: Handler): Handler {
  expect(Object.keys(options).filter((name) => !knownOptions.test(name))).toEqual([]);
  const listOf = (names: readonly string[] = []) => names.join(',');
  return async (request) => {
    for (const [name, value] of Object.entries(options.customRequestHeaders ?? {})) {
      if (value === '') request.headers.delete(name.toLowerCase());
      else request.headers.set(name.toLowerCase(), value);
    }
    if (options.accessControlAllowOriginList === undefined) return next(request);
    const origin = request.headers.get('origin') ?? '';
    const allowed = options.accessControlAllowOriginList.includes(origin)
      ? [['access-control-allow-origin', origin] as const]
      : [];
    if (request.method === 'OPTIONS' && request.headers.has('access-control-request-method')) {
      const answers = [
        ['access-control-allow-methods', listOf(options.accessControlAllowMethods)],
        ['access-control-allow-headers', listOf(options.accessControlAllowHeaders)],
        ['access-control-max-age', String(options.accessControlMaxAge)],
      ] as const;
      return { status: 200, headers: new Map([...allowed, ...answers]), body: Buffer.from('') };
    }
    const reply = await next(request);
    reply.headers.delete('access-control-allow-origin');
    const exposed = ['access-control-expose-headers', listOf(options.accessControlExposeHeaders)] as const;
    return { ...reply, headers: new Map([...reply.headers, ...allowed, exposed, ['vary', 'Origin']]) };
  };
}

/** The ForwardAuth middleware. */
function forwardAuth(
  { address, trustForwardHeader, authResponseHeadersRegex, ...unknown }: ForwardAuthOptions,
  next: Handler,
): Handler {
  expect([unknown, trustForwardHeader, authResponseHeadersRegex.startsWith('(?i)')]).toEqual([{}, false, true]);
  const matching = new RegExp(authResponseHeadersRegex.slice('(?i)'.length), 'i');
  return async (request) => {
    const asked = new Map([
      ...request.headers,
      ['x-forwarded-method', request.method],
      ['x-forwarded-proto', 'https'],
      ['x-forwarded-host', request.headers.get('host') ?? ''],
      ['x-forwarded-uri', request.path],
      ['x-forwarded-for', '127.0.0.1'],
    ] as const);
    asked.delete('host');
    const answer = await passOn(address, { method: 'GET', path: '', headers: asked, body: Buffer.from('') });
    if (answer.status < 200 || answer.status > 299) return answer;
    for (const name of [...request.headers.keys()]) if (matching.test(name)) request.headers.delete(name);
    for (const [name, value] of answer.headers) if (matching.test(name)) request.headers.set(name, value);
    return next(request);
  };
}

function toHandler({ http: { routers, middlewares, services } }: Configuration): Handler {
  const { rule, middlewares: names, service } = routers.chat;
  expect(rule).toBe('Host(`chat.example`)');
  const backend = services[service]?.loadBalancer.servers[0]?.url ?? '';
  return names.reduceRight<Handler>(
    (next, name) => {
      const { headers, forwardAuth: asking, ...unknown } = middlewares[name] ?? {};
      expect(unknown).toEqual({});
      if (asking !== undefined) return forwardAuth(asking, next);
      return changeHeaders(headers ?? {}, next);
    },
    (request) => passOn(backend, request),
  );
}

export const standInTraefik: ProxyUnderTest = {
  name: 'Traefik (a stand-in)',
  publicUrl: 'https://chat.example',
  start: (surroundings) => startStandIn(toHandler(parse(configuration('traefik.yml', surroundings)))),
};
