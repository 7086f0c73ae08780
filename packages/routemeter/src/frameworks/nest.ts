import {
  ConfigurableModuleBuilder,
  type DynamicModule,
  Inject,
  Module,
  type OnApplicationShutdown,
  Optional,
} from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { createMeter } from '../create-meter.ts';
import { defaultMeter, Meter, type MeterOptions } from '../meter/index.ts';
import { follow, type HttpAdapter } from './nest/adapter.ts';
import { addTimer, removeTimer } from './nest/timed.ts';
import { isOff, ownMeter } from './own-meter.ts';

export { Meter } from '../meter/index.ts';
export { Timed } from './nest/timed.ts';

/**
 * Options of the module: those of `createMeter`, or a meter that exists. Without any the process's
 * own meter is taken, from the environment.
 */
export type RoutemeterModuleOptions =
  | (MeterOptions & { meter?: undefined })
  | {
      /** Flushed, but not closed, when the application shuts down. */
      meter: Meter;
    };

const { ConfigurableModuleClass, MODULE_OPTIONS_TOKEN, OPTIONS_TYPE, ASYNC_OPTIONS_TYPE } =
  new ConfigurableModuleBuilder<RoutemeterModuleOptions>({ moduleName: 'Routemeter' })
    .setClassMethodName('forRoot')
    .setFactoryMethodName('createRoutemeterOptions')
    .build();

/** What `forRootAsync` takes: `useFactory` with `inject`, `useClass` or `useExisting`. */
export type RoutemeterModuleAsyncOptions = typeof ASYNC_OPTIONS_TYPE;

/**
 * Measures every request of a NestJS 11 or 12 application, on Express and on Fastify, by the path of
 * the controller's method that answered, and provides the `Meter` to every module.
 *
 * What was recorded is sent when the application shuts down: call `app.enableShutdownHooks()`, so
 * that signals do it, too.
 *
 * @example
 * @Module({ imports: [RoutemeterModule.forRoot({ prefix: 'myapp' })] })
 * export class AppModule {}
 */
export class RoutemeterModule extends ConfigurableModuleClass implements OnApplicationShutdown {
  private readonly options: RoutemeterModuleOptions;
  private readonly meter: Meter;

  /** @internal Made by Nest. */
  constructor(options: RoutemeterModuleOptions, meter: Meter, host?: HttpAdapterHost) {
    super();
    this.options = options;
    this.meter = meter;
    addTimer(meter);
    if (host === undefined || isOff(meter)) return;
    // Under `Test.createTestingModule` the adapter is set later than modules are made.
    host.init$.subscribe(() => follow(host.httpAdapter as unknown as HttpAdapter, meter));
  }

  /**
   * @throws RoutemeterError as `createMeter` does, when the application is made.
   *
   * @example
   * RoutemeterModule.forRoot({ prefix: 'myapp', tags: { app: 'myapp', stage: 'testing' } })
   */
  static override forRoot(options: typeof OPTIONS_TYPE = {}): DynamicModule {
    // biome-ignore lint/complexity/noThisInStatic: Nest names the module after the class it is called on
    return { ...super.forRoot(options), global: true };
  }

  /**
   * The same, with options that come from other providers.
   *
   * @example
   * RoutemeterModule.forRootAsync({
   *   inject: [ConfigService],
   *   useFactory: (config: ConfigService) => ({ prefix: config.get('METRICS_PREFIX') }),
   * })
   */
  static override forRootAsync(options: RoutemeterModuleAsyncOptions): DynamicModule {
    // biome-ignore lint/complexity/noThisInStatic: Nest names the module after the class it is called on
    return { ...super.forRootAsync(options), global: true };
  }

  /** Sends what was recorded; the server has closed by then. */
  async onApplicationShutdown(): Promise<void> {
    removeTimer(this.meter);
    const isOurs = this.meter !== this.options.meter && this.meter !== defaultMeter();
    await (isOurs ? this.meter.close() : this.meter.flush());
  }
}

function meterOf(options: RoutemeterModuleOptions): Meter {
  const { meter, ...rest } = options;
  const own = ownMeter(
    meter,
    'the option "meter" of RoutemeterModule takes a meter: forRoot({ meter: createMeter(...) })',
  );
  return own ?? (Object.keys(rest).length === 0 ? defaultMeter() : createMeter(rest));
}

// As decorators would, which plain TypeScript without experimentalDecorators cannot say for parameters.
Inject(MODULE_OPTIONS_TOKEN)(RoutemeterModule, undefined, 0);
Inject(Meter)(RoutemeterModule, undefined, 1);
Optional()(RoutemeterModule, undefined, 2);
Inject(HttpAdapterHost)(RoutemeterModule, undefined, 2);
Module({
  providers: [{ provide: Meter, useFactory: meterOf, inject: [MODULE_OPTIONS_TOKEN] }],
  exports: [Meter],
})(RoutemeterModule);
