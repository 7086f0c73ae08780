import { followProcess } from './plugin.ts';
import { type AdonisServer, noteRequests } from './told/adonis.ts';

/** What is used of an application of AdonisJS. */
interface Application {
  getEnvironment(): string;
  container: { make(binding: 'server'): Promise<AdonisServer> };
}

/**
 * A service provider of AdonisJS 7 that measures every request, by the pattern of the route that answered, for the
 * process's meter. Does nothing in commands of `ace`.
 *
 * @example
 * // adonisrc.ts
 * export default defineConfig({ providers: [() => import('routemeter/adonis')] })
 */
export class AdonisMeter {
  private readonly app: Application;

  // biome-ignore lint/suspicious/noExplicitAny: the application is AdonisJS's, of its own types
  constructor(app: any) {
    this.app = app as Application;
  }

  async boot(): Promise<void> {
    if (this.app.getEnvironment() !== 'web') return;
    followProcess();
    noteRequests(await this.app.container.make('server'));
  }
}

export default AdonisMeter;
