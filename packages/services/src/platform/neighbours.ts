// How a participant reaches the next one: as functions of this process where it runs here, as a connection where it does
// not. Nobody behind the interface can tell which.

import type { Contract, Interface } from '@gangway/contracts/contract';
import type { ServiceName } from '@gangway/contracts/participants';
import type { FastifyInstance } from 'fastify';
import type { Clock } from './clock.ts';
import { connect } from './connect.ts';
import { backendContract, serve } from './serve.ts';
import {
  type CredentialFor,
  createCredentialIssuer,
  createCredentialVerifier,
  type VerifyCredential,
} from './service-credential.ts';
import { StartError } from './start-error.ts';
import { traced } from './trace.ts';

/** The participants of a process and of its surroundings. */
export interface Neighbours {
  /**
   * Makes a participant of this process known to the others.
   * @param verifyBackend tells the backends that may call it, where any may
   */
  offer<C extends Contract>(contract: C, implementation: Interface<C>, verifyBackend?: VerifyCredential): void;
  /**
   * A participant as its caller sees it.
   * @throws StartError where it runs elsewhere and nobody said where, or calls cannot be signed
   */
  reach<C extends Contract>(caller: ServiceName, contract: C): Interface<C>;
  /** Adds the routes of the participants of this process that others may call. */
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

interface Offer {
  readonly contract: Contract;
  readonly implementation: Interface<Contract>;
  readonly verify: VerifyCredential;
}

/** Makes the neighbourhood of a process. */
export function createNeighbours({ urls, serviceSecret, clock, clockLeewaySeconds }: Surroundings): Neighbours {
  const offered = new Map<ServiceName, Offer>();
  const closers: (() => Promise<void>)[] = [];
  const issuer = serviceSecret === undefined ? undefined : createCredentialIssuer(serviceSecret, clock);
  const verifyService: VerifyCredential =
    serviceSecret === undefined ? () => undefined : createCredentialVerifier(serviceSecret, clock, clockLeewaySeconds);

  return {
    offer(contract, implementation, verifyBackend) {
      const verify: VerifyCredential = (...shown) => verifyService(...shown) ?? verifyBackend?.(...shown);
      offered.set(contract.participant, { contract, implementation: implementation as unknown as Interface<Contract>, verify });
    },

    reach<C extends Contract>(caller: ServiceName, contract: C): Interface<C> {
      const local = offered.get(contract.participant)?.implementation as Interface<C> | undefined;
      if (local !== undefined) return traced(caller, contract, local);
      const url = addressOf(contract.participant, caller, urls);
      const { neighbour, close } = connect(caller, contract, url, signed(caller, issuer));
      closers.push(close);
      return traced(caller, contract, neighbour);
    },

    serveContracts(listener) {
      for (const { contract, implementation, verify } of offered.values()) {
        serve(listener, serviceSecret === undefined ? backendContract(contract) : contract, implementation, verify);
      }
    },

    close: async () => {
      await Promise.all(closers.map((close) => close()));
    },
  };
}

/** The setting that says where a service is. */
function urlSettingOf(service: ServiceName): string {
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
