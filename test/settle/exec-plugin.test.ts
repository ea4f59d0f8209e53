import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import {
  alice,
  answer,
  at,
  bob,
  clock,
  folder,
  openUser,
  printing,
  refusal,
  START,
  script,
  timesRun,
} from './credentials-fixture.ts';

describe('a credential plugin', () => {
  it('runs without a shell, with its arguments, its environment and what it asks about the cluster', async () => {
    const report = join(folder, 'report');
    writeFileSync(
      join(folder, 'plugin.mjs'),
      `import { writeFileSync } from 'node:fs';
       const { AMBIENT, GIVEN, KUBERNETES_EXEC_INFO } = process.env;
       writeFileSync(${JSON.stringify(report)}, JSON.stringify({ args: process.argv.slice(2), AMBIENT, GIVEN, info: JSON.parse(KUBERNETES_EXEC_INFO) }));
       console.log(${JSON.stringify(answer({ token: 't0' }))});`,
    );
    const credential = await openUser({
      exec: {
        apiVersion: 'client.authentication.k8s.io/v1',
        command: process.execPath,
        args: [join(folder, 'plugin.mjs'), '$HOME; *', ''],
        env: [{ name: 'GIVEN', value: '$(id)' }],
        provideClusterInfo: true,
      },
    });
    expect(await credential.authorization()).toBe('Bearer t0');
    expect(JSON.parse(readFileSync(report, 'utf8'))).toEqual({
      args: ['$HOME; *', ''],
      AMBIENT: 'ambient',
      GIVEN: '$(id)',
      info: {
        apiVersion: 'client.authentication.k8s.io/v1',
        kind: 'ExecCredential',
        spec: { cluster: { server: 'https://10.0.0.1:6443' }, interactive: false },
      },
    });
  });

  it('of version v1beta1 is spoken to in v1beta1', async () => {
    const version = 'client.authentication.k8s.io/v1beta1';
    const credential = await openUser(script(printing(answer({ token: 't0' }, version)), { apiVersion: version }));
    expect(await credential.authorization()).toBe('Bearer t0');
  });

  it('runs once for many callers, and again only shortly before its credential expires', async () => {
    const credential = await openUser(script(printing(answer({ token: 't0', expirationTimestamp: at(600) }))));
    clock.time = START + 569_999;
    expect([credential.authorization(), timesRun()]).toEqual(['Bearer t0', 1]);
    clock.time = START + 570_000;
    script(printing(answer({ token: 't1', expirationTimestamp: at(1200) })));
    const callers = await Promise.all(Array.from({ length: 20 }, () => credential.authorization()));
    expect([new Set(callers), timesRun()]).toEqual([new Set(['Bearer t1']), 2]);
  });

  it('whose credential has no end runs again when the upstream says 401, but not in a storm', async () => {
    const credential = await openUser(script(printing(answer({ token: 't0' }))));
    script(printing(answer({ token: 't1' })));
    clock.time = START + 4_999;
    credential.invalidate();
    expect([credential.authorization(), timesRun()]).toEqual(['Bearer t0', 1]);
    clock.time = START + 5_000;
    credential.invalidate();
    expect([await credential.authorization(), timesRun()]).toEqual(['Bearer t1', 2]);
  });

  it('that fails later is asked again after a pause', async () => {
    const credential = await openUser(script(printing(answer({ token: 't0', expirationTimestamp: at(10) }))));
    script('exit 3');
    clock.time = START + 9_000;
    const failed = [
      'credential/unavailable',
      'the credential plugin ./plugin.sh ended with exit code 3 (0 bytes on stderr, not shown because they may hold secrets)',
    ];
    const ask = () => refusal((async () => credential.authorization())());
    expect([await ask(), await ask(), timesRun()]).toEqual([failed, failed, 2]);
    script(printing(answer({ token: 't1' })));
    clock.time = START + 14_000;
    expect([await credential.authorization(), timesRun()]).toEqual(['Bearer t1', 3]);
  });

  it('may give a client certificate, which changes with the next one', async () => {
    const given = (pair: typeof alice, expirationTimestamp: string) =>
      printing(answer({ clientCertificateData: pair.certificate, clientKeyData: pair.key, expirationTimestamp }));
    const credential = await openUser(script(given(alice, at(600))));
    const first = credential.tls();
    expect([await credential.authorization(), first, credential.tls() === first, credential.privileged()]).toEqual([
      undefined,
      { cert: alice.certificate, key: alice.key },
      true,
      undefined,
    ]);
    script(given(bob, at(1200)));
    clock.time = START + 600_000;
    expect([await credential.authorization(), credential.tls(), credential.privileged()]).toEqual([
      undefined,
      { cert: bob.certificate, key: bob.key },
      'its client certificate is of the group system:masters, which no RBAC rule limits',
    ]);
  });

  const wrong: readonly (readonly [what: string, body: string, how: string])[] = [
    [
      'fails',
      'echo hunter2 >&2; exit 7',
      'ended with exit code 7 (8 bytes on stderr, not shown because they may hold secrets)',
    ],
    ['is killed', 'kill -TERM $$', 'was ended by SIGTERM (0 bytes on stderr, not shown because they may hold secrets)'],
    ['prints nothing', 'true', 'did not print JSON (0 characters)'],
    ['prints garbage', 'echo hunter2', 'did not print JSON (8 characters)'],
    ['prints without end', 'exec yes hunter2', 'printed more than 1 MiB and was killed'],
    ['complains without end', 'exec yes hunter2 >&2', 'wrote more than 1 MiB to stderr and was killed'],
    [
      'prints other JSON',
      'echo \'{"kind":"Status"}\'',
      'did not print an ExecCredential with a status (wrong: apiVersion, kind, status)',
    ],
    [
      'speaks another version',
      printing(answer({ token: 't' }, 'client.authentication.k8s.io/v1beta1')),
      'did not answer with apiVersion client.authentication.k8s.io/v1',
    ],
    ['gives nothing', printing(answer({})), 'gave neither a token nor a client certificate'],
    [
      'gives a token of two lines',
      printing(answer({ token: 'hunter2\nX-Evil: 1' })),
      'gave a token with characters that no header can carry',
    ],
    [
      'gives a credential of yesterday',
      printing(answer({ token: 't', expirationTimestamp: '2025-12-31T00:00:00Z' })),
      'gave a credential that had expired at 2025-12-31T00:00:00.000Z',
    ],
    [
      'gives an end that is no time',
      printing(answer({ token: 't', expirationTimestamp: 'soon' })),
      'gave an expirationTimestamp that is not an RFC 3339 time',
    ],
    [
      'gives half a certificate',
      printing(answer({ clientCertificateData: alice.certificate })),
      'gave only one of clientCertificateData and clientKeyData',
    ],
    [
      'gives a certificate that is none',
      printing(answer({ clientCertificateData: 'x', clientKeyData: alice.key })),
      'gave a client certificate that cannot be used: there is no PEM certificate in it',
    ],
    [
      "gives somebody else's key",
      printing(answer({ clientCertificateData: alice.certificate, clientKeyData: bob.key })),
      'gave a client key that is not that of its certificate',
    ],
  ];
  it.each(wrong)('that %s is refused without a word of what it printed', async (_what, body, how) => {
    expect(await refusal(openUser(script(body)))).toEqual([
      'credential/unavailable',
      `the credential plugin ./plugin.sh ${how}`,
    ]);
  });

  it('that is not there is refused by its name', async () => {
    const exec = { apiVersion: 'client.authentication.k8s.io/v1', command: 'no-such-plugin' };
    expect(await refusal(openUser({ exec }))).toEqual([
      'credential/unavailable',
      'the credential plugin no-such-plugin was not found',
    ]);
  });

  it('that may not be run is refused', async () => {
    writeFileSync(join(folder, 'plain.txt'), 'x', { mode: 0o644 });
    const exec = { apiVersion: 'client.authentication.k8s.io/v1', command: './plain.txt' };
    expect(await refusal(openUser({ exec }))).toEqual([
      'credential/unavailable',
      'the credential plugin ./plain.txt could not be started (EACCES)',
    ]);
  });

  it('that is too slow is killed with its children', async () => {
    const child = join(folder, 'child');
    const slow = script(`sleep 300 &\necho $! > ${child}\nwait`);
    expect(await refusal(openUser(slow, {}, { execTimeout: 2_000 }))).toEqual([
      'credential/unavailable',
      'the credential plugin ./plugin.sh did not answer within 2 s and was killed',
    ]);
    const pid = Number(readFileSync(child, 'utf8'));
    while (isRunning(pid)) await delay(5);
  });
});

/** A killed process stays listed as a zombie until it is reaped; that is not running. */
function isRunning(pid: number): boolean {
  try {
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
}
