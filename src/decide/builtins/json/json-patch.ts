import { identityOf } from '../../terms/identity.ts';
import { isTerms, RegoObject, type Term } from '../../terms/term.ts';
import { EditTree, PatchError } from './edit-tree.ts';

/**
 * `json.patch(value, operations)` after RFC 6902, with OPA's paths: they may be arrays, and sets have members by value.
 * @throws TypeError when the value is removed as a whole, or the patch is too much work
 */
export function jsonPatch(value: Term | undefined, operations: Term | undefined): Term | undefined {
  if (value === undefined || !isTerms(operations)) return undefined;
  try {
    const tree = new EditTree(value);
    for (const operation of operations) apply(tree, operation);
    const patched = tree.render();
    if (patched === undefined)
      throw new TypeError('json.patch: nothing is left of the value, at which OPA breaks down');
    return patched;
  } catch (thrown) {
    if (thrown instanceof PatchError) return undefined;
    throw thrown;
  }
}

function apply(tree: EditTree, operation: Term): void {
  if (!(operation instanceof RegoObject)) throw new PatchError();
  const path = pathOf(operation.get('path'));
  const value = (): Term => present(operation.get('value'));
  switch (operation.get('op')) {
    case 'add':
      tree.insertAtPath(path, value());
      break;
    case 'remove':
      tree.deleteAtPath(path);
      break;
    case 'replace':
      tree.deleteAtPath(path);
      tree.insertAtPath(path, value());
      break;
    case 'move': {
      const from = pathOf(operation.get('from'));
      const moved = present(tree.renderAtPath(from));
      tree.deleteAtPath(from);
      tree.insertAtPath(path, moved);
      break;
    }
    case 'copy':
      tree.insertAtPath(path, present(tree.renderAtPath(pathOf(operation.get('from')))));
      break;
    case 'test':
      if (identityOf(present(tree.renderAtPath(path))) !== identityOf(value())) throw new PatchError();
      break;
    default:
      throw new PatchError();
  }
}

function present(term: Term | undefined): Term {
  if (term === undefined) throw new PatchError();
  return term;
}

/** A JSON pointer (slashes before it do not count), or an array of any values. */
function pathOf(path: Term | undefined): readonly Term[] {
  if (isTerms(path)) return path;
  if (typeof path !== 'string') throw new PatchError();
  if (path === '') return [];
  return path
    .replace(/^\/+/, '')
    .split('/')
    .map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'));
}
