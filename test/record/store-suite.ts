import { describe, onTestFinished } from 'vitest';
import type { Store } from '../../src/record/store.ts';
import type { StorePlace } from './places.ts';
import { closingSuite } from './suite/closing.ts';
import { decisionSuite } from './suite/decisions.ts';
import { documentSuite } from './suite/documents.ts';
import { logSuite } from './suite/log.ts';
import { lostSuite } from './suite/lost.ts';
import { reservationSuite } from './suite/reservations.ts';
import { sealedSuite } from './suite/sealed.ts';

/** What every implementation of `Store` must do. `create` makes a new, empty place. */
export function describeStore(name: string, create: () => Promise<StorePlace>): void {
  async function fresh(): Promise<Store> {
    const store = await (await create()).open();
    onTestFinished(() => store.close());
    return store;
  }

  describe(`${name}: the log`, () => logSuite(fresh));
  describe(`${name}: documents`, () => documentSuite(fresh));
  describe(`${name}: decisions`, () => decisionSuite(fresh));
  describe(`${name}: calls without an end`, () => lostSuite(fresh, create));
  describe(`${name}: reservations`, () => reservationSuite(fresh, create));
  describe(`${name}: sealed blobs`, () => sealedSuite(fresh));
  describe(`${name}: closing`, () => closingSuite(create));
}
