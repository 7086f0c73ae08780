export interface HapiApp {
  listener: { address(): { port: number } };
  start(): Promise<void>;
  stop(options?: { timeout: number }): Promise<void>;
}
interface Options {
  plugin?: object;
  late?: boolean;
}
export const VERSION: string;
export function loadHapi(): { Hapi: unknown; boom: unknown };
export function makeApp(Hapi: unknown, boom: unknown, options?: Options): Promise<HapiApp>;
export function makeCatchAll(Hapi: unknown, boom: unknown, options?: Options): Promise<HapiApp>;
