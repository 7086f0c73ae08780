import { existsSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import sirv from 'sirv';

type Handler = (req: IncomingMessage, res: ServerResponse, missing: () => void) => void;

/**
 * Serves the built page: the files that were there at the start and nothing else. Each of the page's views
 * has a URL of its own, so a browser that asks for a document at any other path gets the page too; a program
 * gets the 404 that it can read.
 */
export function pageFiles(folder: string): Handler {
  if (!existsSync(folder)) return (_req, _res, missing) => missing();
  const files = sirv(folder, { etag: true, dotfiles: false });
  return (req, res, missing) =>
    files(req, res, () => {
      const isDocument = req.headers.accept?.includes('text/html') === true;
      if (!isDocument || req.url === '/') return missing();
      req.url = '/';
      // sirv keeps what it parsed of the old path on the request.
      Reflect.deleteProperty(req, '_parsedUrl');
      files(req, res, missing);
    });
}
