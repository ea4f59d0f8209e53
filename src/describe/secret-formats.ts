/** Gives the stand-in for a secret: in the gate its keyed digest. */
type Conceal = (secret: string) => string;

/**
 * Cheap first look: text in which none of these occurs has no secret that the formats below know. Percent-encoded text
 * may be asked about too.
 */
const HINT =
  /eyJ|A[KS]IA|gh[pousr]_|github_pat_|glpat-|xox|xapp-|sk-|sk_|rk_|AIza|npm_|hvs\.|bearer|basic|PRIVATE|:\/\/|%2F%2F|pass|pwd|secret|token|key|credential/i;

/**
 * Formats that give a secret away, each with what stands before the secret in group 1. Every repetition either is bounded
 * or cannot fail once it has begun, so that no input makes matching slower than linear.
 */
const FORMATS: readonly RegExp[] = [
  /()-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----[\s\S]*?(?:-----END [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----|$)/g,
  // A JWT or any other base64 of a JSON object.
  /()eyJ[A-Za-z0-9_-]{8,}(?:\.[A-Za-z0-9_-]+){0,4}/g,
  /()A[KS]IA[A-Z0-9]{16}/g,
  /()(?:gh[pousr]_[A-Za-z0-9]{16,}|github_pat_[A-Za-z0-9_]{16,}|glpat-[A-Za-z0-9_-]{16,}|npm_[A-Za-z0-9]{16,})/g,
  /()(?:xox[a-z](?:\.xox[a-z])?|xapp)-[A-Za-z0-9-]{8,}/g,
  /()(?<![A-Za-z0-9])(?:sk-(?:[a-z0-9]{2,10}-){0,3}[A-Za-z0-9_]{16,}[A-Za-z0-9_-]*|[sr]k_(?:live|test)_[A-Za-z0-9]{8,})/g,
  /()(?:AIza[A-Za-z0-9_-]{35}|hvs\.[A-Za-z0-9_-]{16,})/g,
  /((?:bearer|basic)[\s+]{1,4})[A-Za-z0-9._~+/=-]{8,}/gi,
  /(:\/\/[^\s/?#@:]{0,128}:)[^\s"'<>]{1,512}(?=@)/g,
  /(:\/\/)[^\s/?#@:]{20,256}(?=@)/g,
  // `password: "value"`, `apiKey=value`, `token abc123`; and `--password value`, whatever the value looks like.
  /((?:passw(?:or)?d|passphrase|pwd|secret|token|credentials?|(?:api|access|private|secret|signing|encryption)[-_]?key(?:[-_]?(?:data|id))?|key-data)["']{0,2}(?:\s{0,4}[:=]\s{0,4}|\s{1,4}(?=\S{0,64}[0-9]))["']{0,2})[^\s"'&,;]+/gi,
  /((?:^|\s)-{1,2}[a-z0-9-]{0,40}(?:passw(?:or)?d|passphrase|pwd|secret|token|credentials?|key)\s{1,4})\S+/gi,
];

/** Names under which a secret is kept: as a whole (`token`), or as the last word of the name (`clientSecret`). */
const SECRET_NAME =
  /(?:passw(?:or)?d|passphrase|pwd|secret|token|credentials?|authorization|(?:api|access|private|secret|signing|encryption)[-_.]?key(?:[-_.]?data)?|key[-_.]data)$/i;
/** The same anywhere in a name: a file in a config map is called `db-password.txt`, `private.pem`. */
const SECRET_FILE =
  /passw(?:or)?d|passphrase|secret|token|credential|private|(?:api|access|signing|encryption)[-_.]?key|\.(?:pem|key|p12|pfx|jks|keystore)$|id_(?:rsa|dsa|ecdsa|ed25519)|htpasswd|\.netrc|dockerconfig/i;

/** True for text in which a secret may be: the formats need looking at. */
export function mayHoldSecret(text: string): boolean {
  return HINT.test(text);
}

/** The text with everything that looks like a secret replaced by its stand-in. */
export function concealSecrets(text: string, conceal: Conceal): string {
  if (!mayHoldSecret(text)) return text;
  let concealed = text;
  for (const format of FORMATS) {
    concealed = concealed.replace(format, (match: string, before: string) => {
      const secret = match.slice(before.length);
      // What an earlier format replaced stays as it is, so that equal secrets keep equal digests.
      return CONCEALED.test(secret) ? match : before + conceal(secret);
    });
  }
  return concealed;
}

/** How every keyed digest begins. */
export const DIGEST_PREFIX = 'hmac-sha256:';
const CONCEALED = /^hmac-sha256(?::[0-9a-f]{64})?$/;

/** True for the name of a field, header, parameter or flag whose value is a secret. */
export function isSecretName(name: string): boolean {
  return name.length <= 256 && SECRET_NAME.test(name);
}

/** True for the name of a file or config map entry whose content is a secret. */
export function isSecretFile(name: string): boolean {
  return name.length > 256 || SECRET_FILE.test(name);
}
