import { apiUrl, refusalOf } from './client.ts';
import type { Config, Trouble, Update } from './types.ts';

export interface StreamEvents {
  config(config: Config): void;
  update(update: Update): void;
  /** The server is there, but the engine behind it has no answer; it is asked again. */
  trouble(trouble: Trouble): void;
  /** The stream broke or went silent; it is being opened again. */
  lost(): void;
  /** The server asks for a token; so it is after each attempt. */
  refused(): void;
  /** The server serves as many pages as it may, in its words, or no longer does; it is asked again. */
  full(message: string | null): void;
}

const RETRY_MS = 1000;
/** Updates come once a second: five missed ones are a dead stream, though TCP may not know yet. */
const SILENT_MS = 5000;

/** Keeps one event stream open, over restarts of the server, until `close` is called. */
export function openStream(parameters: Record<string, string | number>, events: StreamEvents): () => void {
  let source: EventSource | undefined;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let closed = false;
  const url = apiUrl('stream', parameters);

  const read =
    <T>(handle: (data: T) => void) =>
    (event: MessageEvent<string>) => {
      if (closed) return;
      watch();
      let data: T;
      try {
        data = JSON.parse(event.data) as T;
      } catch {
        return; // A frame cut short by a dying server: the next one is whole.
      }
      handle(data);
    };

  function watch() {
    clearTimeout(timer);
    timer = setTimeout(retry, SILENT_MS);
  }

  function retry() {
    source?.close();
    if (closed) return;
    events.lost();
    clearTimeout(timer);
    timer = setTimeout(open, RETRY_MS);
  }

  function open() {
    source = new EventSource(url);
    source.addEventListener('config', read<Config>(events.config));
    source.addEventListener('update', read<Update>(events.update));
    source.addEventListener('trouble', read<Trouble>(events.trouble));
    // Nothing new, but the server lives.
    source.addEventListener('wait', watch);
    source.onerror = async () => {
      // An event stream does not say why it was refused.
      const refusal = source?.readyState === EventSource.CLOSED ? await refusalOf(url) : null;
      if (closed) return;
      if (refusal?.status === 401) events.refused();
      else events.full(refusal?.message ?? null);
      retry();
    };
    watch();
  }

  open();
  return () => {
    closed = true;
    clearTimeout(timer);
    source?.close();
  };
}
