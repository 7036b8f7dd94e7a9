// How a participant reaches the next one: as functions of this process where it runs here, as a connection where it does
// not. Nobody behind the interface can tell which.

import type { Contract, Interface } from '@gangway/contracts/contract';
import type { ServiceName } from '@gangway/contracts/participants';
import type { FastifyInstance } from 'fastify';
import type { Clock } from './clock.ts';
import { connect } from './connect.ts';
import { backendContract, serve } from './serve.ts';
import { type CredentialFor, createCredentialIssuer, createCredentialVerifier } from './service-credential.ts';
import { StartError } from './start-error.ts';
import { traced } from './trace.ts';

/** The participants of a process and of its surroundings. */
export interface Neighbours {
  /**
   * A participant as its caller sees it: made by `create` where it runs here, else connected to where the caller does.
   * Undefined where neither runs here.
   * @throws StartError where it is needed and nobody said where it is
   */
  neighbour<C extends Contract>(
    caller: ServiceName,
    contract: C,
    create: () => Promise<Interface<C>>,
  ): Promise<Interface<C> | undefined>;
  /** Adds the routes of the participants made here that others may call. */
  serveContracts(listener: FastifyInstance): void;
  close(): Promise<void>;
}

/** Where participants are found, and how they trust each other. */
export interface Surroundings {
  /** The participants that run in this process. */
  readonly services: ReadonlySet<ServiceName>;
  /** The service listeners of the others. */
  readonly urls: Readonly<Partial<Record<ServiceName, string>>>;
  /** Signs the calls between processes; without it none are made and none admitted. */
  readonly serviceSecret: string | undefined;
  readonly clock: Clock;
  readonly clockLeewaySeconds: number;
}

/** Makes the neighbourhood of a process. */
export function createNeighbours({ services, urls, serviceSecret, clock, clockLeewaySeconds }: Surroundings): Neighbours {
  const served: { readonly contract: Contract; readonly implementation: Interface<Contract> }[] = [];
  const closers: (() => Promise<void>)[] = [];
  const issuer = serviceSecret === undefined ? undefined : createCredentialIssuer(serviceSecret, clock);
  const verifier =
    serviceSecret === undefined ? () => undefined : createCredentialVerifier(serviceSecret, clock, clockLeewaySeconds);

  return {
    async neighbour(caller, contract, create) {
      if (services.has(contract.participant)) {
        const implementation = await create();
        served.push({ contract, implementation: implementation as unknown as Interface<Contract> });
        return traced(caller, contract, implementation);
      }
      if (!services.has(caller)) return undefined;
      const url = addressOf(contract.participant, caller, urls);
      const { neighbour, close } = connect(caller, contract, url, signed(caller, issuer));
      closers.push(close);
      return traced(caller, contract, neighbour);
    },

    serveContracts(listener) {
      for (const { contract, implementation } of served) {
        serve(listener, serviceSecret === undefined ? backendContract(contract) : contract, implementation, verifier);
      }
    },

    close: async () => {
      await Promise.all(closers.map((close) => close()));
    },
  };
}

/** The setting that says where a service is. */
export function urlSettingOf(service: ServiceName): string {
  return `GANGWAY_${service.toUpperCase().replaceAll('-', '_')}_URL`;
}

function addressOf(callee: ServiceName, caller: ServiceName, urls: Surroundings['urls']): string {
  const url = urls[callee];
  if (url !== undefined) return url;
  throw new StartError(
    `${caller} needs ${callee}, which does not run in this process. Set ${urlSettingOf(callee)} to the address of its service port.`,
  );
}

function signed(caller: ServiceName, issuer: CredentialFor | undefined): CredentialFor {
  if (issuer !== undefined) return issuer;
  throw new StartError(
    `${caller} calls services in other processes, so its calls must be signed. Set GANGWAY_SERVICE_SECRET to the same secret in all of them, such as the output of: openssl rand -base64 32`,
  );
}
