import { describe, expect, it } from 'vitest';
import { plainText, readClaims } from '../../src/describe/claims.ts';
import { createRedactor } from '../../src/describe/redact.ts';

const { digest, redactText } = createRedactor(Buffer.alloc(32, 3));
const claims = (headers: Record<string, string>) => readClaims(new Map(Object.entries(headers)), redactText);

const NONE = {
  intent: 'unknown',
  reason: 'unknown',
  incident: 'unknown',
  incidentClass: 'unknown',
  alert: 'unknown',
  confidence: 'unknown',
  runbook: 'unknown',
  plan: 'unknown',
  links: 'unknown',
  successSignal: 'unknown',
};

describe('claims', () => {
  it('are unknown when nothing is claimed', () => {
    expect(claims({ accept: '*/*' })).toEqual(NONE);
  });

  it('are read from the Sallyport headers', () => {
    const headers = {
      'sallyport-intent': 'int-1',
      'sallyport-reason': 'the web pods crash since 14:02',
      'sallyport-incident': 'INC-7',
      'sallyport-confidence': '0.85',
    };
    expect(claims(headers)).toEqual({
      ...NONE,
      intent: 'int-1',
      reason: 'the web pods crash since 14:02',
      incident: 'INC-7',
      confidence: 0.85,
    });
  });

  it.each([
    ['0', 0],
    ['1', 1],
    ['1.0', 1],
    ['0.5', 0.5],
    ['', 'unknown'],
    ['1.1', 'unknown'],
    ['-0', 'unknown'],
    ['.5', 'unknown'],
    ['5e-1', 'unknown'],
    ['NaN', 'unknown'],
    ['high', 'unknown'],
    [' 0.5', 'unknown'],
    ['0.12345678', 'unknown'],
  ])('take the confidence %j for %j', (text, confidence) => {
    expect(claims({ 'sallyport-confidence': text }).confidence).toBe(confidence);
  });

  it('lose secrets, before they are cut', () => {
    expect(claims({ 'sallyport-reason': 'log in with password=hunter2' }).reason).toBe(
      `log in with password=${digest('hunter2')}`,
    );
    const late = `${'x'.repeat(500)} AKIA${'ABCDEFGH'.repeat(2)}`;
    expect(claims({ 'sallyport-reason': late }).reason).not.toContain('AKIA');
  });

  it('have 512 characters at most', () => {
    expect(claims({ 'sallyport-reason': 'ab '.repeat(1000) }).reason).toHaveLength(512);
  });

  it('are one printable line', () => {
    expect(claims({ 'sallyport-reason': 'a\u001b[31mb\r\nc\u202ed\u0000' }).reason).toBe('a [31mb c d');
    expect(claims({ 'sallyport-reason': ' \t ' }).reason).toBe('unknown');
    expect(plainText('a\ud800', 10)).toBe('a\ufffd');
  });
});
