import type { HistogramName } from '../histograms/kind.ts';
import type { MessageName } from '../message.ts';
import { type Address, at } from './address.ts';
import { type Answer, type Exchange, NoAnswer } from './exchange.ts';

/** What stands at the other end, as far as it tells. */
export interface Target {
  engine: 'Prometheus' | 'VictoriaMetrics' | 'Mimir' | 'unknown';
  /** What it is best given. */
  histograms: HistogramName;
  write: URL;
  /** What requests are written as; a target that reads the other one alone says so by its answers. */
  message: MessageName;
  /** Why it will not take what it is given. */
  problem?: string;
}

const TIMEOUT_MS = 5000;
/** VictoriaMetrics tells its version in some tens of kB of metrics. */
const MAX_TEXT = 1024 * 1024;
const STABLE_NATIVE = [3, 8] as const;
/** Prometheus' flag with the messages that it reads, of which it has both from 2.54 on. */
const ACCEPTED = 'web.remote-write-receiver.accepted-protobuf-messages';
const TWO = 'io.prometheus.write.v2.Request';

/**
 * Asks the target what it is. Mimir and Prometheus tell by their status API
 * (https://prometheus.io/docs/prometheus/latest/querying/api/#status), VictoriaMetrics by its own metrics.
 * Rejects where nobody answers; what cannot be told apart gets classic histograms, which everybody reads.
 */
export async function detect(
  address: Address,
  exchange: Exchange,
  headers: Record<string, string>,
): Promise<Target> {
  const ask = async (url: URL) => {
    const answer = await exchange.send(url, {
      method: 'GET',
      headers,
      timeoutMs: TIMEOUT_MS,
      maxText: MAX_TEXT,
    });
    // One that is still starting says nothing of what it is.
    if (answer.status >= 500 || answer.status === 429)
      throw new NoAnswer(`it answered ${answer.status}`, false);
    return answer;
  };
  const unknown = unknownTarget(address, 'auto');
  const { write } = unknown;
  for (const prefix of ['', 'prometheus/']) {
    const build = dataOf(await ask(at(address.base, `${prefix}api/v1/status/buildinfo`)));
    if (/mimir/i.test(String(build?.application ?? ''))) {
      return {
        engine: 'Mimir',
        histograms: 'native',
        message: '1.0',
        write: address.write ?? at(address.base, 'api/v1/push'),
      };
    }
    if (prefix !== '') continue;
    const flags = dataOf(await ask(at(address.base, 'api/v1/status/flags')));
    if (flags?.['web.enable-remote-write-receiver'] === undefined) continue;
    const features = String(flags['enable-feature'] ?? '').split(',');
    return {
      engine: 'Prometheus',
      histograms:
        features.includes('native-histograms') || isStableNative(String(build?.version))
          ? 'native'
          : 'classic',
      write,
      message: String(flags[ACCEPTED] ?? '').includes(TWO) ? '2.0' : '1.0',
      ...(flags['web.enable-remote-write-receiver'] === 'true' || features.includes('remote-write-receiver')
        ? {}
        : {
            problem:
              'this Prometheus takes no remote write; start it with --web.enable-remote-write-receiver',
          }),
    };
  }
  // Under a tenant's path of a cluster, the metrics still stand at the root.
  for (const url of new Set([at(address.base, 'metrics').href, new URL('/metrics', address.base).href])) {
    const { text } = await ask(new URL(url));
    if (text.includes('vm_app_version{')) {
      return { engine: 'VictoriaMetrics', histograms: 'vmrange', write, message: '1.0' };
    }
  }
  return unknown;
}

/** What is assumed of a target that has not told. */
export function unknownTarget(address: Address, histograms: HistogramName | 'auto'): Target {
  return {
    engine: 'unknown',
    histograms: histograms === 'auto' ? 'classic' : histograms,
    message: '1.0',
    write: address.write ?? at(address.base, 'api/v1/write'),
  };
}

/** From 3.8 on, Prometheus takes native histograms by remote write without a feature flag. */
function isStableNative(version: string): boolean {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  return major > STABLE_NATIVE[0] || (major === STABLE_NATIVE[0] && minor >= STABLE_NATIVE[1]);
}

/** `data` of an answer of Prometheus' API; undefined where it is none. */
function dataOf({ status, text }: Answer): Record<string, unknown> | undefined {
  if (status !== 200) return undefined;
  try {
    const { data } = JSON.parse(text) as { data?: unknown };
    return typeof data === 'object' && data !== null ? (data as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}
