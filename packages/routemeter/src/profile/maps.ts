import { open, readFile } from 'node:fs/promises';
import { findSourceMap, SourceMap } from 'node:module';
// As a whole: banners of bundles declare names of it.
import nodeUrl from 'node:url';

/** A position as the author wrote it; line and column from 1. */
export interface Original {
  file: string;
  line: number;
  column: number;
}

interface Entry {
  originalSource?: string;
  originalLine?: number;
  originalColumn?: number;
}

/** Reading a map holds the loop: beyond this a file's positions stay as they are. */
const MAP_BYTES = 24 * 1024 * 1024;
/** Of all maps of one profile together. */
const ALL_BYTES = 64 * 1024 * 1024;
/** The comment that names a map is the last line of a file. */
const TAIL_BYTES = 4096;
const COMMENT = /\/\/[#@] ?sourceMappingURL=([^\s'"]+)\s*$/;
const INLINE = /^data:application\/json[^,]*?(;base64)?,/;

/** Where functions stand in their sources, by the maps of the files that they run from. */
export class SourceMaps {
  private readonly maps = new Map<string, SourceMap>();
  private left = ALL_BYTES;

  /** Reads the map of a file, if it has one. Never rejects. */
  async load(url: string): Promise<void> {
    if (this.maps.has(url)) return;
    const map = registered(url) ?? (await this.fromFile(url).catch(() => null));
    if (map !== null) this.maps.set(url, map);
  }

  /** @param line from 0, as `column`. */
  find(url: string, line: number, column: number): Original | null {
    const map = this.maps.get(url);
    if (map === undefined) return null;
    try {
      const { originalSource, originalLine, originalColumn } = map.findEntry(line, column) as Entry;
      if (originalSource === undefined || originalLine === undefined) return null;
      return {
        file: pathOf(originalSource),
        line: originalLine + 1,
        column: (originalColumn ?? 0) + 1,
      };
    } catch {
      return null;
    }
  }

  private async fromFile(url: string): Promise<SourceMap | null> {
    const path = url.startsWith('file:') ? nodeUrl.fileURLToPath(url) : url;
    const { text, whole } = await tailOf(path);
    let named = COMMENT.exec(text)?.[1];
    // A map inside of the file begins far before its end.
    if (named === undefined && !whole && isOneLine(text)) {
      named = COMMENT.exec(await this.read(path))?.[1];
    }
    if (named === undefined) return null;
    const inline = INLINE.exec(named);
    if (inline !== null) {
      const body = named.slice(inline[0].length);
      const isBase64 = inline[1] !== undefined;
      return parsed(
        isBase64 ? Buffer.from(body, 'base64').toString() : decodeURIComponent(body),
        nodeUrl.pathToFileURL(path),
      );
    }
    const at = new URL(named, nodeUrl.pathToFileURL(path));
    return at.protocol === 'file:' ? parsed(await this.read(nodeUrl.fileURLToPath(at)), at) : null;
  }

  private async read(path: string): Promise<string> {
    const bytes = await readFile(path);
    this.left -= bytes.length;
    if (bytes.length > MAP_BYTES || this.left < 0) throw new RangeError('too large');
    return bytes.toString();
  }
}

/** The map that Node, or a loader such as tsx, has of a file by itself. */
function registered(url: string): SourceMap | null {
  try {
    return findSourceMap(url) ?? null;
  } catch {
    return null;
  }
}

async function tailOf(path: string): Promise<{ text: string; whole: boolean }> {
  const file = await open(path);
  try {
    const { size } = await file.stat();
    const from = Math.max(0, size - TAIL_BYTES);
    const { buffer, bytesRead } = await file.read(Buffer.alloc(size - from), 0, size - from, from);
    return { text: buffer.toString('utf8', 0, bytesRead), whole: from === 0 };
  } finally {
    await file.close();
  }
}

/** Whether the last line begins before the text does. */
function isOneLine(text: string): boolean {
  return !text.trimEnd().includes('\n');
}

/** @param base what the names of its sources are relative to. */
function parsed(text: string, base: URL): SourceMap {
  const payload = JSON.parse(text) as { sources?: string[]; sourceRoot?: string };
  // Node resolves them where it reads a map by itself, and not here.
  const root = payload.sourceRoot ? `${payload.sourceRoot.replace(/\/$/, '')}/` : '';
  const sources = payload.sources?.map((source) => {
    const named = `${root}${source}`;
    return URL.canParse(named, base.href) ? new URL(named, base).href : source;
  });
  return new SourceMap({ ...payload, ...(sources && { sources, sourceRoot: '' }) } as never);
}

/** As people write it; a bundler's own names, such as `webpack://`, stay. */
export function pathOf(url: string): string {
  try {
    return url.startsWith('file:') ? nodeUrl.fileURLToPath(url) : url;
  } catch {
    return url;
  }
}
