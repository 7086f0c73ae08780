import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { extname, join, sep } from 'node:path';

type Handler = (req: IncomingMessage, res: ServerResponse, missing: () => void) => void;

/** What a build of the page consists of. */
const TYPES: Record<string, string> = {
  '.html': 'text/html;charset=utf-8',
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.svg': 'image/svg+xml',
  '.md': 'text/markdown;charset=utf-8',
};

interface File {
  body: Buffer;
  headers: Record<string, string | number>;
}

/**
 * Serves the built page: the files that were there at the start and nothing else. They are some hundred kB,
 * so they are kept: no request opens a file, which can fail, and no URL becomes a path. Each of the page's
 * views has a URL of its own, so a browser that asks for a document at any other path gets the page too; a
 * program gets the 404 that it can read.
 */
export function pageFiles(folder: string): Handler {
  const files = existsSync(folder) ? filesIn(folder) : new Map<string, File>();
  const page = files.get('/index.html');
  return (req, res, missing) => {
    const path = (req.url ?? '/').replace(/[?#].*$/s, '');
    const isDocument = path === '/' || req.headers.accept?.includes('text/html') === true;
    const file = files.get(path) ?? (isDocument ? page : undefined);
    if (file === undefined) return missing();
    if (req.headers['if-none-match'] === file.headers.etag) {
      res.writeHead(304).end();
      return;
    }
    res.writeHead(200, file.headers);
    res.end(file.body);
  };
}

function filesIn(folder: string): Map<string, File> {
  const files = new Map<string, File>();
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile() || entry.name.startsWith('.')) continue;
    const path = join(entry.parentPath, entry.name);
    const body = readFileSync(path);
    const hash = createHash('sha256').update(body).digest('base64url').slice(0, 22);
    files.set(path.slice(join(folder, sep).length - 1).replaceAll(sep, '/'), {
      body,
      headers: {
        'content-type': TYPES[extname(entry.name)] ?? 'application/octet-stream',
        'content-length': body.length,
        'cache-control': 'no-cache',
        etag: `"${hash}"`,
      },
    });
  }
  return files;
}
