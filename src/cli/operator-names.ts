import type { OperationsClient } from '../operate/client.ts';
import { listAt, textAt } from './json-fields.ts';

/** An operator's name with the id that the record has: `Ana (k3jd...)`; the id alone for others. */
export type NameOf = (id: string) => string;

/** Looks everybody up once. */
export async function readOperatorNames(client: OperationsClient): Promise<NameOf> {
  const answer = await client.get('/v1/operators');
  const names = new Map(listAt(answer, 'operators').map((each) => [textAt(each, 'id'), textAt(each, 'name')]));
  return (id) => {
    const name = names.get(id);
    return name === undefined ? id : `${name} (${id})`;
  };
}
