/** Where time and ids come from; passed in, so that nothing here reads a clock or draws an id by itself. */
export interface Sources {
  readonly now: () => Date;
  /** A fresh id that nobody else has: a UUID, for example. */
  readonly newId: () => string;
}

/** Draws `size` random bytes of cryptographic strength: `node:crypto`'s `randomBytes`. */
export type RandomBytes = (size: number) => Uint8Array;
