import type { Json } from '../../json.ts';

/**
 * What text without quotes is in YAML; undefined where YAML 1.1, YAML 1.2 and Go's reading of them differ. Go takes
 * `0x1F`, `0o17`, `017`, `1_000`, `.5` and `2026-01-01` for numbers and times, and `yes`, `on` and `y` for true.
 */
export function resolvePlain(text: string): Json | undefined {
  const known = WORDS.get(text);
  if (known !== undefined) return known;
  if (/^(?:y|n|yes|no|on|off|true|false|null|~|<<|=)$/i.test(text)) return undefined;
  if (/^[-+]?\.(?:inf|nan)$/i.test(text)) return undefined;
  if (/^-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?$/.test(text)) return number(text);
  if (!/^[-+.]?_*[0-9]|^[-+]_*\./.test(text)) return text;
  // Versions, addresses, and numbers with a unit behind them.
  if (/^[0-9]+(?:\.[0-9]+){2,3}$/.test(text) || /^[0-9]+(?:\.[0-9]+)?(?:[numkMGTP]|[KMGTPE]i|%|s|h|ms)$/.test(text))
    return text;
  // Letters, digits and signs that are in a number or time of some notation, and nothing else.
  return /^[-+.:_0-9a-fA-FxXoOtTzZ, ]*$/.test(text) ? undefined : text;
}

const WORDS: ReadonlyMap<string, Json> = new Map<string, Json>([
  ['', null],
  ['null', null],
  ['~', null],
  ['true', true],
  ['false', false],
]);

function number(text: string): Json | undefined {
  const value = Number(text);
  return text.length <= 17 && Number.isSafeInteger(Math.trunc(value)) && !Object.is(value, -0) ? value : undefined;
}
