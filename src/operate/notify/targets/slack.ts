import type { SlackConfig } from '../config.ts';
import type { Notice, Severity } from '../notice.ts';
import type { Target } from '../target.ts';
import { wants } from '../wants.ts';
import { postJson, secretsOf } from './http-post.ts';

/** A Slack incoming webhook, or one that understands the same (Mattermost, Rocket.Chat, ...). */
export function slackTarget(config: SlackConfig, now: () => Date): Target {
  const { name, kind, timeout, url, ca } = config;
  const secrets = secretsOf(url);
  return {
    ...{ name, kind, timeout },
    wants: (notice, told) => wants(config, notice, told),
    send: (notice, signal) =>
      postJson({ url, body: JSON.stringify(slackBody(notice)), headers: {}, ca, secrets, now }, signal),
  };
}

const SIGNS: Readonly<Record<Severity, string>> = {
  info: '',
  warning: 'Warning: ',
  error: 'Error: ',
  critical: 'CRITICAL: ',
};
/** Slack's limits, in characters. */
const HEADER = 150;
const TEXT = 3_000;

/**
 * Blocks of plain text, in which Slack obeys nothing: no link, mention or formatting of an agent's making. Only our own links are
 * mrkdwn. `text` is what notifications show and what clients without blocks fall back to.
 */
function slackBody(notice: Notice): object {
  const { title, text, facts, links, severity } = notice;
  const header = `${SIGNS[severity]}${title}`;
  const lines = [...(text === '' ? [] : [text]), ...facts.map(({ name, value }) => `${name}: ${value}`)];
  const blocks = [
    { type: 'header', text: plain(header, HEADER) },
    ...(lines.length === 0 ? [] : [{ type: 'section', text: plain(lines.join('\n'), TEXT) }]),
    ...(links.length === 0 ? [] : [{ type: 'section', text: linked(links) }]),
  ];
  return { text: inert(cut(header, TEXT)), mrkdwn: false, unfurl_links: false, unfurl_media: false, blocks };
}

function plain(text: string, most: number): object {
  return { type: 'plain_text', text: escapeSlack(cut(text, most)), emoji: false };
}

function linked(links: Notice['links']): object {
  const text = links.map(({ name, url }) => `<${escapeSlack(url)}|${inert(name)}>`).join('   ');
  return { type: 'mrkdwn', text: cut(text, TEXT), verbatim: true };
}

/** Slack's three control characters, as its documentation asks; nothing else is encoded. */
function escapeSlack(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

/** Where Slack may look for formatting all the same: a zero-width joiner keeps signs of it from their words. */
function inert(text: string): string {
  return escapeSlack(text).replace(/[*_~`|]/g, '$&\u200d');
}

/** Escapes count, as they are sent. */
function cut(text: string, most: number): string {
  let length = 0;
  let end = 0;
  for (const character of text) {
    length += escapeSlack(character).length;
    if (length > most - 1) return `${text.slice(0, end)}…`;
    end += character.length;
  }
  return text;
}
