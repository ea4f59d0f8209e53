import { createHash } from 'node:crypto';
import type { PagerDutyConfig } from '../config.ts';
import { type Notice, noticeJson } from '../notice.ts';
import type { Target } from '../target.ts';
import { wants } from '../wants.ts';
import { postJson, secretsOf } from './http-post.ts';

/** PagerDuty's Events API v2, or one that takes the same. Only what begins or ends something is sent: all else would page for nothing. */
export function pagerDutyTarget(config: PagerDutyConfig, now: () => Date): Target {
  const { name, kind, timeout, url, routingKey, ca } = config;
  return {
    ...{ name, kind, timeout },
    wants: (notice, told) => notice.alert !== null && wants(config, notice, told),
    send: (notice, signal) => {
      const body = JSON.stringify(eventOf(notice, routingKey));
      return postJson({ url, body, headers: {}, ca, secrets: [routingKey, ...secretsOf(url)], now }, signal);
    },
  };
}

const SUMMARY = 1_024;
const KEY = 255;

function eventOf(notice: Notice, routingKey: string): object {
  const { title, text, severity, time, kind, environments, facts, links, alert } = notice;
  const action = alert?.action ?? 'trigger';
  const common = { routing_key: routingKey, event_action: action, dedup_key: dedupKey(alert?.key ?? notice.id) };
  if (action !== 'trigger') return common;
  return {
    ...common,
    payload: {
      summary: title.slice(0, SUMMARY),
      source: 'sallyport',
      severity,
      timestamp: time,
      component: notice.about.agent ?? 'gate',
      ...(environments[0] === undefined ? {} : { group: environments[0] }),
      class: kind,
      custom_details: {
        ...(text === '' ? {} : { text }),
        ...Object.fromEntries(facts.map(({ name, value }) => [name, value])),
        about: noticeJson(notice).about,
      },
    },
    links: links.map(({ name, url }) => ({ href: url, text: name })),
    client: 'Sallyport',
    ...(links[0] === undefined ? {} : { client_url: links[0].url }),
  };
}

/** A key that is too long is told by its digest: cut, two of them could be the same. */
function dedupKey(key: string): string {
  const whole = `sallyport:${key}`;
  return whole.length <= KEY ? whole : `sallyport:${createHash('sha256').update(key).digest('hex')}`;
}
