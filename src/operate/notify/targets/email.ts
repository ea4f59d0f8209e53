import { createHash } from 'node:crypto';
import { createTransport } from 'nodemailer';
import { messageOf } from '../../../errors.ts';
import type { EmailConfig } from '../config.ts';
import type { Notice } from '../notice.ts';
import { plainLine } from '../plain-line.ts';
import { DELIVERED, type Sent, type Target } from '../target.ts';
import { wants } from '../wants.ts';

/**
 * E-mail by SMTP: plain text, a connection for each. Beyond loopback nothing is said before TLS stands, with a certificate of that
 * host. What belongs together is one thread, and a notice that is sent twice has one Message-ID.
 */
export function emailTarget(config: EmailConfig): Target {
  const { name, kind, timeout, host, port, tls, user, password, ca } = config;
  const transport = createTransport({
    ...{ host, port, secure: tls === 'implicit', requireTLS: tls === 'starttls' },
    ...(user === undefined || password === undefined ? {} : { auth: { user, pass: password } }),
    tls: { rejectUnauthorized: true, minVersion: 'TLSv1.2', ...(ca === undefined ? {} : { ca }) },
    ...{ connectionTimeout: timeout, greetingTimeout: timeout, socketTimeout: timeout },
    // A notice is text; nothing in it makes the gate read a file or an address.
    ...{ disableFileAccess: true, disableUrlAccess: true, logger: false },
  });
  const secrets = [password ?? '', Buffer.from(password ?? '').toString('base64')].filter((each) => each !== '');
  return {
    ...{ name, kind, timeout },
    wants: (notice, told) => wants(config, notice, told),
    async send(notice, signal): Promise<Sent> {
      try {
        await transport.sendMail({ ...messageFor(notice, config), signal });
        return DELIVERED;
      } catch (thrown) {
        const told = signal.aborted ? 'not accepted in time' : messageOf(thrown);
        const why = plainLine(
          secrets.reduce((text, secret) => text.replaceAll(secret, '***'), told),
          200,
        );
        return { kind: 'failed', why, refused: isRefusal(thrown), retryAfter: 0 };
      }
    },
  };
}

/** Addresses come from the configuration alone, and go as addresses, not as text that is parsed again. */
function messageFor(notice: Notice, { from, to }: EmailConfig) {
  const domain = from.slice(from.lastIndexOf('@') + 1);
  const idOf = (text: string) => `<${createHash('sha256').update(text).digest('hex').slice(0, 40)}@${domain}>`;
  const thread = notice.alert === null ? [] : [idOf(notice.alert.key)];
  return {
    from: { name: 'Sallyport', address: from },
    to: to.map((address) => ({ name: '', address })),
    subject: plainLine(`[${notice.severity}] ${notice.title}`, 200),
    text: textOf(notice),
    messageId: idOf(notice.id),
    references: thread,
    headers: { 'Auto-Submitted': 'auto-generated', 'X-Sallyport-Notice': notice.id, 'X-Sallyport-Kind': notice.kind },
  };
}

function textOf({ title, text, facts, links, time }: Notice): string {
  const lines = [title, '', ...(text === '' ? [] : [text, ''])];
  const width = Math.max(0, ...facts.map(({ name }) => name.length)) + 2;
  for (const { name, value } of facts) lines.push(`${`${name}:`.padEnd(width)}${value}`);
  for (const { name, url } of links) lines.push('', `${name}: ${url}`);
  return `${[...lines, '', `At ${time}, by Sallyport.`].join('\n')}\n`;
}

/** A 5xx answer (RFC 5321): the server does not want this message. A login that is refused is somebody's to mend. */
function isRefusal(thrown: unknown): boolean {
  if (typeof thrown !== 'object' || thrown === null || !('responseCode' in thrown)) return false;
  return typeof thrown.responseCode === 'number' && thrown.responseCode >= 500;
}
