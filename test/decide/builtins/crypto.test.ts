import { it } from 'vitest';
import { type BuiltinCall, callOf, expectAnswersOfOpa } from './opa-answers.ts';

const TEXTS = ['', 'abc', 'ä€𐍈', '\u0000', 'x'.repeat(1000)];

it('hashes and their codes are those of OPA', async () => {
  const calls: readonly BuiltinCall[] = [
    ...TEXTS.flatMap((text) => ['md5', 'sha1', 'sha256'].map((name) => callOf(`crypto.${name}`, text))),
    ...TEXTS.flatMap((text) =>
      ['', 'key', 'ключ'].flatMap((key) =>
        ['md5', 'sha1', 'sha256', 'sha512', 'equal'].map((name) => callOf(`crypto.hmac.${name}`, text, key)),
      ),
    ),
    ...[null, 1, ['a'], { a: 1 }].flatMap((odd) => [
      callOf('crypto.sha256', odd),
      callOf('crypto.hmac.sha256', odd, 'k'),
      callOf('crypto.hmac.equal', 'a', odd),
    ]),
    callOf('crypto.hmac.equal', 'é', 'é'),
    callOf('crypto.hmac.equal', 'é', 'e\u0301'),
  ];
  await expectAnswersOfOpa(calls);
});
