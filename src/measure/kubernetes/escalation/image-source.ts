/**
 * Where an image comes from, without its tag and digest: `registry/repository`, as container runtimes complete short names.
 * Of what is no image reference, the text itself.
 */
export function imageSource(reference: string): string {
  const [withTag = ''] = reference.split('@', 1);
  const lastSlash = withTag.lastIndexOf('/');
  const colon = withTag.indexOf(':', lastSlash + 1);
  const path = colon < 0 ? withTag : withTag.slice(0, colon);
  if (!/^[A-Za-z0-9._:/[\]-]+$/.test(path)) return reference;
  const [first = '', ...rest] = path.split('/');
  const isRegistry = rest.length > 0 && (/[.:]/.test(first) || first === 'localhost');
  const registry = isRegistry ? first.toLowerCase() : HUB;
  const repository = isRegistry ? rest.join('/') : path;
  const hub = registry === HUB || registry === 'index.docker.io' || registry === 'registry-1.docker.io';
  return hub
    ? `${HUB}/${repository.includes('/') ? repository : `library/${repository}`}`
    : `${registry}/${repository}`;
}

const HUB = 'docker.io';
