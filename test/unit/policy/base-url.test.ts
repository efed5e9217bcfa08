import { describe, expect, it } from 'vitest';
import { baseUrlProblem } from '../../../lib/policy/base-url.ts';

describe('baseUrlProblem', () => {
  it.each(['https://vllm.internal/v1', 'https://10.0.0.7:8443', 'https://[2001:db8::1]/v1'])(
    'takes %s',
    (url) => {
      expect(baseUrlProblem(url, false)).toBeUndefined();
    },
  );

  it.each(['http://127.0.0.1:8080/v1', 'http://localhost:1', 'http://[::1]:9', 'https://localhost'])(
    'takes %s from the local runner only',
    (url) => {
      expect(baseUrlProblem(url, true)).toBeUndefined();
      expect(baseUrlProblem(url, false)).toMatch(/^must (be https|not be a loopback address)/);
    },
  );

  it.each([
    ['vllm.internal/v1', /absolute URL/],
    ['', /absolute URL/],
    ['ftp://host/', /must be https/],
    ['http://vllm.internal/v1', /must be https/],
    ['http://localhost.evil.example/', /must be https/],
    ['https://user:hunter2@host/', /no credentials/],
    ['https://host/?key=1', /no query/],
    ['https://host/#x', /no query and no fragment/],
    ['https://169.254.169.254/latest', /metadata/],
    ['https://2852039166/', /metadata/],
    ['https://0xa9fea9fe/', /metadata/],
    ['https://169.254.170.2/', /metadata/],
    ['https://[::ffff:169.254.169.254]/', /metadata/],
    ['https://[64:ff9b::169.254.169.254]/', /metadata/],
    ['https://[fe80::1]/', /metadata/],
    ['https://[fd00:ec2::254]/', /metadata/],
    ['https://[::]/', /metadata/],
    ['https://0.0.0.0/', /metadata/],
    ['https://metadata.google.internal./', /metadata/],
  ])('refuses %s, whoever asks', (url, reason) => {
    expect(baseUrlProblem(url, true)).toMatch(reason);
    expect(baseUrlProblem(url, false)).toBeDefined();
  });

  it('never repeats the URL', () => {
    expect(baseUrlProblem('https://user:hunter2@host/', true)).not.toContain('hunter2');
  });
});
