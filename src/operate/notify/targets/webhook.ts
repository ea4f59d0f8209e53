import { createHmac } from 'node:crypto';
import type { WebhookConfig } from '../config.ts';
import { type Notice, noticeJson } from '../notice.ts';
import type { Target } from '../target.ts';
import { wants } from '../wants.ts';
import { postJson, secretsOf } from './http-post.ts';

/**
 * A webhook, signed as Standard Webhooks has it: `webhook-signature` is `v1,` and the base64 of HMAC-SHA256 over
 * `ID.TIMESTAMP.BODY`, with `webhook-id` and `webhook-timestamp` (seconds) as they are sent; one for each key, between spaces. A
 * receiver knows a notice that comes twice by its id, and refuses timestamps that are minutes old.
 */
export function webhookTarget(config: WebhookConfig, now: () => Date): Target {
  const { name, kind, timeout, url, keys, ca } = config;
  const secrets = secretsOf(url);
  return {
    ...{ name, kind, timeout },
    wants: (notice, told) => wants(config, notice, told),
    send(notice, signal) {
      const body = JSON.stringify(webhookBody(notice));
      const timestamp = String(Math.floor(now().getTime() / 1000));
      const headers = {
        'webhook-id': notice.id,
        'webhook-timestamp': timestamp,
        'webhook-signature': keys.map((key) => sign(key, `${notice.id}.${timestamp}.${body}`)).join(' '),
      };
      return postJson({ url, body, headers, ca, secrets, now }, signal);
    },
  };
}

function webhookBody(notice: Notice): object {
  const { id, kind, time, ...data } = noticeJson(notice);
  return { type: kind, timestamp: time, data: { id, ...data } };
}

function sign(key: Uint8Array, text: string): string {
  return `v1,${createHmac('sha256', key).update(text).digest('base64')}`;
}
