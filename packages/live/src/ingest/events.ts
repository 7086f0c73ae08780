import { REASONS, type Reason } from './reasons.ts';

export interface Event {
  kind: 'event';
  title: string;
  text: string;
  /** Unix seconds, 0 when absent or unreadable. */
  timestamp: number;
  priority: string;
  alertType: string;
  aggregationKey: string;
  sourceType: string;
  hostname: string;
  tags: string[];
}

export interface ServiceCheck {
  kind: 'service_check';
  name: string;
  status: number;
  timestamp: number;
  hostname: string;
  message: string;
  tags: string[];
}

const HEADER = /^_e\{(\d+),(\d+)\}:/;
const INTEGER = /^[+-]?\d{1,15}$/;

/** `_e{title length,text length}:title|text|d:..|h:..|p:..|t:..|k:..|s:..|#tags`; lengths in bytes. */
export function parseEvent(line: Buffer): Event | Reason {
  const header = HEADER.exec(line.toString('latin1', 0, 40));
  if (header === null) return REASONS.eventHeader;
  const titleEnd = header[0].length + Number(header[1]);
  const textEnd = titleEnd + 1 + Number(header[2]);
  if (textEnd > line.length) return REASONS.eventShort;
  if (line[titleEnd] !== 124) return REASONS.eventLength;
  if (titleEnd === header[0].length) return REASONS.eventTitle;
  if (textEnd < line.length && line[textEnd] !== 124) return REASONS.eventLength;
  const event: Event = {
    kind: 'event',
    title: line.toString('utf8', header[0].length, titleEnd),
    text: line.toString('utf8', titleEnd + 1, textEnd).replaceAll('\\n', '\n'),
    timestamp: 0,
    priority: 'normal',
    alertType: 'info',
    aggregationKey: '',
    sourceType: '',
    hostname: '',
    tags: [],
  };
  for (const field of line.toString('utf8', textEnd).split('|')) {
    const value = field.slice(2);
    if (field.startsWith('d:')) event.timestamp = integer(value) ?? event.timestamp;
    else if (field.startsWith('h:')) event.hostname = value;
    else if (field.startsWith('p:') && (value === 'low' || value === 'normal')) event.priority = value;
    else if (field.startsWith('t:') && ['error', 'warning', 'info', 'success'].includes(value)) {
      event.alertType = value;
    } else if (field.startsWith('k:')) event.aggregationKey = value;
    else if (field.startsWith('s:')) event.sourceType = value;
    else if (field.startsWith('#')) event.tags = tagList(field);
  }
  return event;
}

/** `_sc|name|status|d:..|h:..|#tags|m:message`. */
export function parseCheck(line: Buffer): ServiceCheck | Reason {
  const [prefix, name, status, ...fields] = line.toString('utf8').split('|');
  if (prefix !== '_sc' || name === undefined || name === '') return REASONS.checkName;
  if (status === undefined || !/^[0-3]$/.test(status)) return REASONS.checkStatus;
  const check: ServiceCheck = {
    kind: 'service_check',
    name,
    status: Number(status),
    timestamp: 0,
    hostname: '',
    message: '',
    tags: [],
  };
  for (const field of fields) {
    const value = field.slice(2);
    if (field.startsWith('d:')) check.timestamp = integer(value) ?? check.timestamp;
    else if (field.startsWith('h:')) check.hostname = value;
    else if (field.startsWith('m:')) check.message = value.replaceAll('m\\:', 'm:').replaceAll('\\n', '\n');
    else if (field.startsWith('#')) check.tags = tagList(field);
  }
  return check;
}

function integer(text: string): number | undefined {
  return INTEGER.test(text) ? Number(text) : undefined;
}

function tagList(field: string): string[] {
  return field.length > 1 ? field.slice(1).split(',') : [];
}
