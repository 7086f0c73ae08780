import type { Family } from '../scrape/families.ts';
import { ownFamilies } from '../scrape/own.ts';
import { familyBytes, PROTOBUF_TYPE, wantsProtobuf } from '../scrape/protobuf.ts';
import { familyText, TEXT_TYPE } from '../scrape/text.ts';
import { type Endpoint, Sent } from './endpoint.ts';

/** For scrapers, in the format that they ask for. */
export const prometheus: Endpoint = {
  method: 'GET',
  path: '/metrics',
  async handle(_query, context, { req }) {
    const isBinary = wantsProtobuf(req.headers.accept);
    const encode = isBinary ? familyBytes : (family: Family) => Buffer.from(familyText(family));
    const parts: Uint8Array[] = ownFamilies(await context.stats()).map(encode);
    for await (const family of context.scrape.families()) parts.push(encode(family));
    return new Sent(isBinary ? PROTOBUF_TYPE : TEXT_TYPE, Buffer.concat(parts));
  },
};
