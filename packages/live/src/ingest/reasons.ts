/** Why a line was refused, in words that stand beside the line in the raw view. */
export const REASONS = {
  noValue: 'no value: expected name:value|type',
  emptyName: 'empty name',
  emptyValue: 'empty value',
  badValue: 'value is not a finite number',
  noType: 'no type: expected name:value|type',
  badType: 'unknown type: expected c, g, ms, h, d or s',
  badRate: 'sample rate is not a number',
  badTimestamp: 'timestamp is not a positive integer',
  tooManyValues: 'more than 32768 values in one line',
  tooLong: 'line longer than 65536 bytes',
  eventHeader: 'event has no {title length,text length} header',
  eventLength: 'event is shorter than its header says',
  eventTitle: 'event has an empty title',
  checkName: 'service check has no name',
  checkStatus: 'service check status is not 0, 1, 2 or 3',
} as const;

export type Reason = (typeof REASONS)[keyof typeof REASONS];
