/**
 * The object name that a field selector requires (`metadata.name=x`), or '' when it requires none or the server would
 * refuse it. Terms are split, sorted and unescaped as k8s.io/apimachinery's `fields.ParseSelector` does.
 */
export function exactName(selector: string | undefined): string {
  if (selector === undefined || selector === '') return '';
  let name: string | undefined;
  for (const term of splitTerms(selector).sort()) {
    if (term === '') continue;
    const parsed = splitTerm(term);
    const value = parsed === undefined ? undefined : unescapeValue(parsed.value);
    if (parsed === undefined || value === undefined) return '';
    if (parsed.field === 'metadata.name' && parsed.operator !== '!=') name ??= value;
  }
  return name !== undefined && isPathSegmentName(name) ? name : '';
}

/** Commas separate terms unless a backslash stands before them. */
function splitTerms(selector: string): string[] {
  const terms: string[] = [];
  let start = 0;
  for (let at = 0; at < selector.length; at++) {
    if (selector[at] === '\\') at++;
    else if (selector[at] === ',') {
      terms.push(selector.slice(start, at));
      start = at + 1;
    }
  }
  terms.push(selector.slice(start));
  return terms;
}

function splitTerm(term: string): { field: string; operator: string; value: string } | undefined {
  for (let at = 0; at < term.length; at++) {
    const operator = ['!=', '==', '='].find((candidate) => term.startsWith(candidate, at));
    if (operator !== undefined) return { field: term.slice(0, at), operator, value: term.slice(at + operator.length) };
  }
  return undefined;
}

function unescapeValue(value: string): string | undefined {
  let plain = '';
  for (let at = 0; at < value.length; at++) {
    const character = value.charAt(at);
    if (character === ',' || character === '=') return undefined;
    if (character !== '\\') plain += character;
    else {
      const escaped = value.charAt(++at);
      if (escaped !== '\\' && escaped !== ',' && escaped !== '=') return undefined;
      plain += escaped;
    }
  }
  return plain;
}

function isPathSegmentName(name: string): boolean {
  return name !== '.' && name !== '..' && !name.includes('/') && !name.includes('%');
}
