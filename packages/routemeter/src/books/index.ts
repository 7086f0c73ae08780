export type { MetricType, Series, Tag } from '../series/index.ts';
export { Account, NOBODY } from './account.ts';
export { Accounts } from './accounts.ts';
export { MeterCore, runningMeters } from './core.ts';
export { type Leaver, leavers } from './exit.ts';
export { SeriesFinder } from './finder.ts';
export type { MeterStats, OutputStats } from './stats.ts';
export { mergeTags, REQUEST_TAGS, requestTag, TAG_CHARACTERS, tagsOf, tagText, userTags } from './tags.ts';
export { type TagNode, TagTree } from './tree.ts';
