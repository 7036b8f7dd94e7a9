// Does with examples/proxies/envoy.yaml what Envoy's documentation says of each filter in it, in their order. A filter that it
// does not know fails the test.

import { expect } from 'vitest';
import { parse } from 'yaml';
import { configuration, type ProxyUnderTest } from './proxy-under-test.ts';
import { type Headers, type Passed, passOn, type Reply, startStandIn, without } from './stand-in.ts';

type Text = Readonly<Record<string, string>>;
interface Patterns {
  readonly patterns: readonly Text[];
}
interface ExtAuthz {
  readonly failure_mode_allow: boolean;
  readonly allowed_headers: Patterns;
  readonly http_service: {
    readonly server_uri: { readonly uri: string };
    readonly path_prefix: string;
    readonly authorization_request: { readonly headers_to_add: readonly { readonly key: string; readonly value: string }[] };
    readonly authorization_response: Readonly<Record<string, Patterns>>;
  };
}
interface HeaderMutation {
  readonly mutations: {
    readonly request_mutations: readonly { readonly remove_on_match: { readonly key_matcher: { readonly safe_regex: Text } } }[];
  };
}
interface CorsPolicy {
  readonly allow_origin_string_match: readonly Text[];
  readonly allow_methods: string;
  readonly allow_headers: string;
  readonly expose_headers: string;
}

type Handler = (request: Passed) => Promise<Reply>;

const matches = ({ patterns }: Patterns = { patterns: [] }, name = '') =>
  patterns.some(({ exact, prefix }) => name === exact || (prefix !== undefined && name.startsWith(prefix)));
const pick = (headers: Headers, patterns: Patterns | undefined) => [...headers].filter(([name]) => matches(patterns, name));

function cors(policy: CorsPolicy, next: Handler): Handler {
  return async (request) => {
    const origin = request.headers.get('origin') ?? '';
    const isAllowed = policy.allow_origin_string_match.some(({ exact }) => exact === origin);
    const allowed = isAllowed ? [['access-control-allow-origin', origin] as const] : [];
    if (request.method === 'OPTIONS' && origin !== '' && request.headers.has('access-control-request-method')) {
      const answers = [
        ['access-control-allow-methods', policy.allow_methods],
        ['access-control-allow-headers', policy.allow_headers],
      ] as const;
      return { status: 200, headers: new Map(isAllowed ? [...allowed, ...answers] : []), body: Buffer.from('') };
    }
    const reply = await next(request);
    if (!isAllowed) return { ...reply, headers: without(reply.headers, ['access-control-allow-origin']) };
    return {
      ...reply,
      headers: new Map([...reply.headers, ...allowed, ['access-control-expose-headers', policy.expose_headers]]),
    };
  };
}

function mutateHeaders({ mutations }: HeaderMutation, next: Handler): Handler {
  const removed = mutations.request_mutations.map(
    (mutation) => new RegExp(`^(?:${mutation.remove_on_match.key_matcher.safe_regex.regex})$`),
  );
  return (request) => {
    for (const name of [...request.headers.keys()]) if (removed.some((regex) => regex.test(name))) request.headers.delete(name);
    return next(request);
  };
}

function extAuthz({ failure_mode_allow, allowed_headers, http_service: service }: ExtAuthz, next: Handler): Handler {
  expect(failure_mode_allow).toBe(false);
  const { authorization_request: asking, authorization_response: answering } = service;
  return async (request) => {
    const always = { patterns: ['host', 'authorization'].map((exact) => ({ exact })) };
    const added = asking.headers_to_add.map(({ key, value }) => [key, value] as const);
    const headers = new Map([...pick(request.headers, always), ...pick(request.headers, allowed_headers), ...added]);
    const path = service.path_prefix + request.path;
    const answer = await passOn(service.server_uri.uri, { method: request.method, path, headers, body: Buffer.from('') });
    if (answer.status !== 200) return { ...answer, headers: new Map(pick(answer.headers, answering.allowed_client_headers)) };
    for (const [name, value] of pick(answer.headers, answering.allowed_upstream_headers)) request.headers.set(name, value);
    const reply = await next(request);
    return {
      ...reply,
      headers: new Map([...reply.headers, ...pick(answer.headers, answering.allowed_client_headers_on_success)]),
    };
  };
}

// biome-ignore lint/suspicious/noExplicitAny: the file as it was parsed; what is read of it is of the types above
function toHandler(file: any): Handler {
  const [{ typed_config: manager }] = file.static_resources.listeners[0].filter_chains[0].filters;
  const [host] = manager.route_config.virtual_hosts;
  const [route] = host.routes;
  expect([manager.use_remote_address, host.domains, route.match]).toEqual([true, ['chat.example'], { prefix: '/' }]);
  expect(manager.common_http_protocol_options).toEqual({ headers_with_underscores_action: 'DROP_HEADER' });
  const address = (name: string) => {
    const cluster = file.static_resources.clusters.find((one: { name: string }) => one.name === name);
    const { address: host, port_value: port } =
      cluster.load_assignment.endpoints[0].lb_endpoints[0].endpoint.address.socket_address;
    return `http://${host}:${port}`;
  };
  const router: Handler = (request) =>
    passOn(address(route.route.cluster), { ...request, headers: without(request.headers, route.request_headers_to_remove) });
  const filters: Handler = manager.http_filters.reduceRight(
    (next: Handler, { name, typed_config: config }: { name: string; typed_config: unknown }) => {
      if (name === 'envoy.filters.http.cors') return cors(host.typed_per_filter_config[name], next);
      if (name === 'envoy.filters.http.header_mutation') return mutateHeaders(config as HeaderMutation, next);
      if (name === 'envoy.filters.http.ext_authz') return extAuthz(config as ExtAuthz, next);
      expect(name).toBe('envoy.filters.http.router');
      return router;
    },
    router,
  );
  return (request) => {
    const headers = new Map([...request.headers].filter(([name]) => !name.includes('_')));
    headers.set('x-forwarded-proto', 'https').delete('x-request-id');
    return filters({ ...request, headers });
  };
}

export const standInEnvoy: ProxyUnderTest = {
  name: 'Envoy (a stand-in)',
  publicUrl: 'https://chat.example',
  start: (surroundings) => startStandIn(toHandler(parse(configuration('envoy.yaml', surroundings)))),
};
