import { createServer } from 'node:net';
import { expect, it } from 'vitest';
import { bind } from '../../src/listen/bind.ts';

it('an address that is taken is named, with what to do', async () => {
  const first = createServer();
  const { host, port } = await bind(first, { host: '127.0.0.1', port: 0 });
  expect(port).toBeGreaterThan(0);
  try {
    await expect(bind(createServer(), { host, port })).rejects.toMatchObject({
      code: 'config/invalid',
      message: `cannot listen on 127.0.0.1:${port}: listen EADDRINUSE: address already in use 127.0.0.1:${port}`,
      fix: 'stop what listens there, or choose another address under listen: and operate: in sallyport.yaml',
    });
  } finally {
    await new Promise((resolve) => first.close(resolve));
  }
});
