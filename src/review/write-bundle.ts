import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { contentDigest } from '../decide/bundle-digest.ts';
import { readManifest } from '../decide/bundle-manifest.ts';
import { readTarGz } from '../decide/tar.ts';
import type { JsonObject } from '../json.ts';
import { bytesOf, objectOf } from './compile.ts';
import { packTar } from './pack-tar.ts';
import { type BundleSigner, signFiles } from './sign.ts';

/** What a bundle says of itself beside what it decides; no part of its digest. */
export interface BundleStamp {
  /** The product's version: the first part of the default revision. */
  readonly version: string;
  /** `<version>+<first 12 digits of the digest>` unless given. */
  readonly revision?: string;
  /** Build facts (time, builder, commit, OPA) for the manifest's metadata. */
  readonly facts?: JsonObject;
  /** Greater for whatever is built later: a gate refuses what is older than what it has seen. */
  readonly serial?: number;
  readonly signer?: BundleSigner;
  /** Leaves a bundle as it is that has the same contents and revision, whoever built it. */
  readonly keepSame?: boolean;
}

/** A bundle that was written. */
export interface Built {
  readonly out: string;
  /** `sha256:<hex>`, see `contentDigest`. */
  readonly digest: string;
  readonly revision: string;
  /** What is in the bundle, by name. */
  readonly files: ReadonlyMap<string, Uint8Array>;
}

/**
 * Stamps, signs, packs and writes a bundle, and its digest beside it as `.digest`; in one step each, so that whoever watches the
 * files never reads half of one.
 * @param contents with a `.manifest` that says nothing yet of who built it
 */
export async function writeBundle(
  out: string,
  contents: ReadonlyMap<string, Uint8Array>,
  stamp: BundleStamp,
): Promise<Built> {
  const digest = contentDigest(contents);
  const revision = stamp.revision ?? `${stamp.version}+${digest.slice('sha256:'.length, 'sha256:'.length + 12)}`;
  const there = stamp.keepSame === true ? await readThere(out) : undefined;
  if (there !== undefined && contentDigest(there) === digest && readManifest(there).revision === revision) {
    return { out, digest, revision, files: there };
  }
  const { facts = {}, serial, signer } = stamp;
  const metadata = { built: facts, ...(serial === undefined ? {} : { sallyport: { serial } }) };
  const manifest = bytesOf({ ...objectOf(contents, '.manifest'), revision, metadata });
  const stamped = new Map(contents).set('.manifest', manifest);
  const files = signer === undefined ? stamped : await signFiles(stamped, signer);
  await mkdir(dirname(out), { recursive: true });
  await replaceFile(out, packTar(files));
  await replaceFile(out.replace(/(\.tar\.gz)?$/, '.digest'), `${digest}\n`);
  return { out, digest, revision, files };
}

async function readThere(out: string): Promise<ReadonlyMap<string, Uint8Array> | undefined> {
  try {
    return readTarGz(await readFile(out));
  } catch {
    return undefined;
  }
}

async function replaceFile(path: string, content: Uint8Array | string): Promise<void> {
  const staging = `${path}.${process.pid}.new`;
  try {
    await writeFile(staging, content);
    await rename(staging, path);
  } finally {
    await rm(staging, { force: true });
  }
}
