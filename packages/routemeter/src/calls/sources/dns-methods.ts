import { forward } from '../forward.ts';

/** Methods of the module, of its promises and of resolvers, and what each asks for; null for what its argument says. */
export const DNS_METHODS: Readonly<Record<string, string | null>> = {
  lookup: 'lookup',
  lookupService: 'lookupService',
  reverse: 'reverse',
  resolve: null,
  resolve4: 'A',
  resolve6: 'AAAA',
  resolveAny: 'ANY',
  resolveCaa: 'CAA',
  resolveCname: 'CNAME',
  resolveMx: 'MX',
  resolveNaptr: 'NAPTR',
  resolveNs: 'NS',
  resolvePtr: 'PTR',
  resolveSoa: 'SOA',
  resolveSrv: 'SRV',
  resolveTlsa: 'TLSA',
  resolveTxt: 'TXT',
};

/** What has these methods. */
export function dnsObjects(): Array<Record<string, unknown>> {
  const names = process.getBuiltinModule('node:dns');
  const objects: object[] = [
    names,
    names.promises,
    names.Resolver.prototype,
    names.promises.Resolver.prototype,
  ];
  return objects as Array<Record<string, unknown>>;
}

/** By the preload, before applications take functions out of the module. */
export function forwardDns(): void {
  for (const object of dnsObjects()) for (const key of Object.keys(DNS_METHODS)) forward(object, key);
}
