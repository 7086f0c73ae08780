/** Why a line was refused, in words that stand beside the line in the raw view. */
export const REASONS = {
  noValue: 'no value: expected name:value|type',
  emptyName: 'empty name',
  emptyValue: 'empty value',
  badValue: 'value is not a finite number',
  noType: 'no type: expected name:value|type',
  badType: 'unknown type: expected c, g, ms, h, d or s',
  severalTypes: 'several types in one line, which the rules of Datadog do not have',
  badRate: 'sample rate is not a number',
  badTimestamp: 'timestamp is not a positive integer',
  tooOld: 'timestamp is older than what is kept',
  inFuture: 'timestamp is more than ten minutes ahead of the clock of this server',
  tooManyValues: 'more than 32768 values in one line',
  tooLong: 'line longer than 65536 bytes',
  eventHeader: 'event has no {title length,text length} header',
  eventShort: 'event is shorter than its header says',
  eventLength: 'title or text of the event is not as long as its header says',
  eventTitle: 'event has an empty title',
  checkName: 'service check has no name',
  checkStatus: 'service check status is not 0, 1, 2 or 3',
} as const;

export type Reason = (typeof REASONS)[keyof typeof REASONS];

/** What would be right instead; `NAME` stands for the name of the line. */
const REMEDIES: Record<Reason, string> = {
  [REASONS.noValue]:
    'write a name, a colon, a value, a pipe and a type, such as NAME:1|c; text that is no StatsD belongs elsewhere',
  [REASONS.emptyName]: 'write a name before the colon, such as requests:1|c',
  [REASONS.emptyValue]: 'write a value between colon and pipe, such as NAME:1|c',
  [REASONS.badValue]:
    'write the value in digits with a decimal point, such as NAME:12.5|ms; text is a value of sets alone (NAME:text|s)',
  [REASONS.noType]: 'write a pipe and a type behind the value, such as NAME:1|c',
  [REASONS.badType]:
    'use c (counter), g (gauge), ms (timing), h (histogram), d (distribution) or s (set), in small letters: NAME:1|c',
  [REASONS.severalTypes]: 'send a line for each type, or start the server with --rules auto or --rules etsy',
  [REASONS.badRate]: 'write the sample rate as a number above 0 and up to 1, such as NAME:1|c|@0.1',
  [REASONS.badTimestamp]: 'write whole seconds since 1970, such as NAME:1|c|T1700000000',
  [REASONS.tooOld]: 'send it sooner, or keep samples for longer with --retention',
  [REASONS.inFuture]: 'write seconds since 1970 and not milliseconds, and set the clock of the sender',
  [REASONS.tooManyValues]: 'send the values in several lines',
  [REASONS.tooLong]: 'send shorter lines, and end each with a newline',
  [REASONS.eventHeader]: 'write the lengths of title and text in bytes, such as _e{5,4}:title|text',
  [REASONS.eventShort]: 'count bytes of UTF-8 in the header, and write a newline in the text as \\n',
  [REASONS.eventLength]:
    'count bytes of UTF-8 in the header, not characters: other than ASCII takes two to four',
  [REASONS.eventTitle]: 'give the event a title',
  [REASONS.checkName]: 'write _sc|NAME|STATUS with a name, such as _sc|database|0',
  [REASONS.checkStatus]: 'write 0 (OK), 1 (warning), 2 (critical) or 3 (unknown), such as _sc|NAME|0',
};

export function remedyOf(reason: Reason, name: string): string {
  return REMEDIES[reason].replaceAll('NAME', () => name || 'requests');
}
