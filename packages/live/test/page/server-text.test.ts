import { expect, it } from 'vitest';
import { serverText } from '../../src/page/model/rows.ts';

it('a server reads as its address and port, with brackets where the address has colons', () => {
  expect(serverText({ server: undefined as never })).toBe('');
  expect(serverText({ server: { address: '127.0.0.1', port: '3000' } })).toBe('127.0.0.1:3000');
  expect(serverText({ server: { address: '::', port: '3000' } })).toBe('[::]:3000');
  expect(serverText({ server: { address: '/run/app.sock', port: '' } })).toBe('/run/app.sock');
});
