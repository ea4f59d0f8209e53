import type { ModuleCheck } from '../provenance/module-check.ts';
import type { Provenance } from '../provenance/provenance.ts';
import type { SignatureCheck } from '../provenance/signature-check.ts';
import type { SiteProvenance } from '../provenance/site-provenance.ts';
import type { Finding } from '../report/finding.ts';

/** What is wrong with where a bundle comes from. @param file the bundle's file as it was named */
export function provenanceFindings(file: string, provenance: Provenance): readonly Finding[] {
  const at = { file };
  return [
    ...signatureFindings(provenance.signature),
    ...moduleFindings(provenance.module),
    ...builtFindings(provenance),
  ].map((finding) => ({ ...finding, at }));
}

/** What is wrong with where a site's bundle comes from. @param file the bundle's file as it was named */
export function siteFindings(file: string, site: SiteProvenance | null): readonly Finding[] {
  if (site === null) return [];
  const unbuilt: Finding = {
    rule: 'module-unchecked',
    level: 'warning',
    message: "whether the site's module is what its sources give was not checked: it takes the library's sources too",
    fix: 'have the site built again with `sallyport build --site` and compare the digests',
  };
  const found = [...signatureFindings(site.signature), ...(site.rules ? [unbuilt] : [])];
  return found.map((finding) => ({ ...finding, message: `site: ${finding.message}`, at: { file } }));
}

function signatureFindings(signature: SignatureCheck): readonly Finding[] {
  switch (signature.state) {
    case 'verified':
      return [];
    case 'refused':
      return [
        {
          rule: 'signature-refused',
          level: 'error',
          message: signature.why,
          fix: 'have it built and signed again by whom you trust, or give the right key',
        },
      ];
    case 'unsigned':
      return [
        {
          rule: 'unsigned',
          level: 'warning',
          message: 'nobody signed the bundle',
          fix: 'sign it, and configure bundle.keys: then an unsigned one never loads',
        },
      ];
    case 'unchecked':
      return [
        {
          rule: 'signature-unchecked',
          level: 'warning',
          message: `the bundle is signed, it says with key ${signature.claimedKey}, which was not checked`,
          fix: 'give the public key with --key',
        },
      ];
  }
}

function moduleFindings(module: ModuleCheck): readonly Finding[] {
  switch (module.state) {
    case 'same':
      return [];
    case 'differs':
      return [
        {
          rule: 'module-differs',
          level: 'error',
          message: `the bundle is not what its sources give (OPA ${module.opa}): ${module.differs.join('; ')}`,
          fix: 'do not load it: what judges is not what can be read',
        },
      ];
    case 'unchecked':
      return [
        {
          rule: 'module-unchecked',
          level: 'warning',
          message: `whether the module is what the sources give was not checked: ${module.why}`,
          fix: 'review it where that OPA is on PATH, or named in OPA',
        },
      ];
  }
}

function builtFindings({ built }: Provenance): readonly Finding[] {
  if (Object.keys(built).length > 0) return [];
  return [
    {
      rule: 'build-facts-missing',
      level: 'note',
      message: 'the bundle does not say who built it, when, or from which commit',
    },
  ];
}
