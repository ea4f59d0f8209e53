import { expect, it } from 'vitest';
import { type BuiltinCall, callOf, expectAnswersOfOpa, hostAnswer } from './opa-answers.ts';

const DOCUMENTS = [
  '{"a": {"b": [1, {"c": 2}, 3]}, "d": {"x", "y"}, "e~/": null}',
  '[0, [1, 2, [3]], {"a": [4]}, {1, 2}]',
  '{{"a": 1}, [1], "x", 5}',
  '{1: "one", true: {"t": 1}, [1, 2]: "list", {"k"}: "set"}',
  '5',
];
const PATHS = [
  ...[
    '""',
    '"/"',
    '"/a"',
    '"a/b"',
    '"/a/b/0"',
    '"/a/b/1/c"',
    '"/a/b/-"',
    '"/a/b/3"',
    '"/a/b/4"',
    '"/a/b/01"',
    '"/a/b/x"',
  ],
  ...[
    '"/d/x"',
    '"/d/z"',
    '"/e~0~1"',
    '"//a"',
    '"/0"',
    '"/1"',
    '"/1/2/0"',
    '"/1/-"',
    '"/2/a/0"',
    '"/3/1"',
    '"/n/m"',
    '"x"',
  ],
  ...[
    '["a", "b", 0]',
    '["a", "b", 1.0]',
    '[1]',
    '[true, "t"]',
    '[[1, 2]]',
    '[{"k"}]',
    '[{"a": 1}, "a"]',
    '[[1], 0]',
    '[]',
  ],
  ...['["a", "b", -1]', '["a", "b", "+1"]', '["a", "b", "1.0"]', '{"a"}', '7', '[2]', '[1, 0]', '[3, 1]'],
];
/** OPA itself breaks down when the whole value is removed, or changed after it was replaced. */
const BELOW = PATHS.filter((path) => path !== '""' && path !== '[]');
const VALUES = ['1', '"x"', '{"n": {"m": 1}}', '[7, 8]', '{"x"}', 'null', '{"z"}'];

/** Numbers that are the same in every run. */
function* numbers(seed: number): Generator<(below: number) => number> {
  let state = seed;
  yield* (function* () {
    for (;;) {
      yield (below: number): number => {
        state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
        return Math.floor((state / 2_147_483_648) * below);
      };
    }
  })();
}

function patches(count: number): readonly BuiltinCall[] {
  const random = numbers(7).next().value;
  const pick = (list: readonly string[]): string => list[random(list.length)] ?? '';
  const operation = (): string => {
    switch (pick(['add', 'add', 'remove', 'replace', 'move', 'copy', 'test'])) {
      case 'add':
        return `{"op": "add", "path": ${pick(BELOW)}, "value": ${pick(VALUES)}}`;
      case 'remove':
        return `{"op": "remove", "path": ${pick(BELOW)}}`;
      case 'replace':
        return `{"op": "replace", "path": ${pick(BELOW)}, "value": ${pick(VALUES)}}`;
      case 'move':
        return `{"op": "move", "path": ${pick(BELOW)}, "from": ${pick(PATHS)}}`;
      case 'copy':
        return `{"op": "copy", "path": ${pick(BELOW)}, "from": ${pick(PATHS)}}`;
      default:
        return `{"op": "test", "path": ${pick(BELOW)}, "value": ${pick(VALUES)}}`;
    }
  };
  return Array.from({ length: count }, () => {
    const operations = Array.from({ length: 1 + random(3) }, operation);
    return { name: 'json.patch', args: [pick(DOCUMENTS), `[${operations.join(', ')}]`] };
  });
}

const singles: readonly BuiltinCall[] = DOCUMENTS.flatMap((document) =>
  PATHS.flatMap((path) =>
    [
      `{"op": "add", "path": ${path}, "value": "new"}`,
      `{"op": "remove", "path": ${BELOW.includes(path) ? path : '"none"'}}`,
      `{"op": "replace", "path": ${path}, "value": [9]}`,
      `{"op": "test", "path": ${path}, "value": 1.0}`,
    ].map((operation) => ({ name: 'json.patch', args: [document, `[${operation}]`] })),
  ),
);
const odd: readonly BuiltinCall[] = [
  ...['[]', '{}', '[1]', '[{}]', '[{"op": "add"}]', '[{"path": "/a"}]', '[{"op": 1, "path": "/a"}]', 'set()'],
  ...['[{"op": "add", "path": "/a"}]', '[{"op": "spin", "path": "/a"}]', '[{"op": "move", "path": "/a"}]'],
  ...['[{"op": "add", "path": "/n", "value": 12345678901234567890.10}]', '[{"op": "replace", "path": "/a"}]'],
  '[{"op": "remove", "path": "/a/b/0"}, {"op": "replace", "path": "/a/b/0/c", "value": 5}]',
  '[{"op": "add", "path": "/a/b/0", "value": {"c": 0}}, {"op": "replace", "path": "/a/b/2/c", "value": 5}]',
].map((operations) => ({ name: 'json.patch', args: [DOCUMENTS[0] ?? '', operations] }));

it('json.patch changes what OPA changes, and refuses what OPA refuses', async () => {
  await expectAnswersOfOpa([...singles, ...odd, ...patches(600)]);
});

it.each([
  ['copies of copies', Array.from({ length: 40 }, (_, index) => ({ op: 'copy', from: '', path: `/n${index}` }))],
  [
    'insertions at the start of a long array',
    Array.from({ length: 5000 }, () => ({ op: 'add', path: '/list/0', value: 1 })),
  ],
])('json.patch faults on %s', (_what, operations) => {
  const list = Array.from({ length: 500 }, () => 0);
  expect(() => hostAnswer(callOf('json.patch', { list }, operations))).toThrow('json.patch takes more than');
});

it('json.patch faults on the removal of the whole value, at which OPA breaks down', () => {
  expect(() => hostAnswer(callOf('json.patch', {}, [{ op: 'remove', path: '' }]))).toThrow('nothing is left');
});

it('json.marshal_with_options prints as OPA does', async () => {
  const values = [
    '{"b": [1.50, {}, []], "a<&>": "ä\\u2028\\u0001\\"", "c": {}}',
    '{3, 1, 2}',
    '{1: 2, [1]: {"x"}}',
    '"x"',
    '[]',
    '12345678901234567890',
  ];
  const options = [
    '{}',
    '{"pretty": true}',
    '{"pretty": false, "indent": "  "}',
    '{"indent": " "}',
    '{"prefix": "> "}',
    '{"prefix": "-", "indent": "", "pretty": true}',
  ];
  const wrong = ['{"pretty": 1}', '{"indent": 1}', '{"other": true}', '[]', '{1: true}', '{"prefix": null}'];
  const calls = values.flatMap((value) =>
    [...options, ...wrong].map((one) => ({ name: 'json.marshal_with_options', args: [value, one] })),
  );
  await expectAnswersOfOpa(calls);
});

it('graph.reachable_paths walks as OPA does', async () => {
  const graphs = [
    '{"a": ["b", "c"], "b": ["d"], "c": ["d", "a"], "d": []}',
    '{"a": {"b", "c"}, "b": {"a"}, "c": set()}',
    '{"a": null, "b": "x", "c": ["nowhere"]}',
    '{1: [2.0, 3], 2: [1], 3: [[1]], [1]: []}',
    '{"a": ["a"]}',
    '{}',
    '[]',
  ];
  const initials = ['["a"]', '{"a", "b", "nowhere"}', '[]', '"a"', '[1]', '[1, "c"]'];
  const calls = graphs.flatMap((graph) =>
    initials.map((one) => ({ name: 'graph.reachable_paths', args: [graph, one] })),
  );
  await expectAnswersOfOpa(calls);
});

it.each([
  [
    'there are too many paths',
    12,
    (nodes: readonly string[]) => Object.fromEntries(nodes.map((node) => [node, nodes])),
    'more than 100000 nodes',
  ],
  [
    'one path is too long',
    3000,
    (nodes: readonly string[]) => Object.fromEntries(nodes.map((node, at) => [node, nodes.slice(at + 1, at + 2)])),
    'more than 1000000 steps',
  ],
])('graph.reachable_paths faults where %s', (_what, count, graphOf, message) => {
  const nodes = Array.from({ length: count }, (_, index) => `n${index}`);
  expect(() => hostAnswer(callOf('graph.reachable_paths', graphOf(nodes), nodes))).toThrow(message);
});
