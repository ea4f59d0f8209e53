import type { Json } from '../../json.ts';

/** OPA's `json.is_valid(text)` */
export function isValidJson(text: Json | undefined): boolean {
  if (typeof text !== 'string') return false;
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
