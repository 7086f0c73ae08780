/** A project as `nest new` makes it: TypeScript to CommonJS, tests by Jest. */
export const MANIFEST = {
  name: 'fresh',
  private: true,
  dependencies: {
    '@nestjs/common': '11.2.10',
    '@nestjs/core': '11.2.10',
    '@nestjs/platform-express': '11.2.10',
    'reflect-metadata': '0.2.2',
    rxjs: '7.8.2',
  },
  devDependencies: {
    '@nestjs/testing': '11.2.6',
    '@types/jest': '30.0.0',
    '@types/node': '24.0.0',
    '@types/supertest': '7.2.1',
    jest: '30.5.2',
    supertest: '7.3.2',
    'ts-jest': '29.4.15',
    typescript: '5.9.3',
  },
  jest: {
    moduleFileExtensions: ['js', 'json', 'ts'],
    rootDir: 'src',
    testRegex: '.*\\.spec\\.ts$',
    transform: { '^.+\\.ts$': 'ts-jest' },
    testEnvironment: 'node',
  },
};

const TSCONFIG = {
  compilerOptions: {
    module: 'commonjs',
    moduleResolution: 'node10',
    declaration: true,
    removeComments: true,
    emitDecoratorMetadata: true,
    experimentalDecorators: true,
    allowSyntheticDefaultImports: true,
    target: 'ES2023',
    outDir: './dist',
    rootDir: './src',
    strict: true,
    types: ['node', 'jest'],
  },
  include: ['src'],
};

/** Its files, with our module in `measured.ts` and without it in `main.ts`. */
export const FILES: Readonly<Record<string, string>> = {
  'tsconfig.json': JSON.stringify(TSCONFIG, null, 2),
  'src/app.service.ts': `import { Injectable } from '@nestjs/common';

@Injectable()
export class AppService {
  getHello(): string {
    return 'Hello World!';
  }
}
`,
  'src/app.controller.ts': `import { Controller, Get, Param, ParseIntPipe } from '@nestjs/common';
import { AppService } from './app.service';

@Controller()
export class AppController {
  constructor(private readonly appService: AppService) {}

  @Get()
  getHello(): string {
    return this.appService.getHello();
  }

  @Get('cats/:id')
  getCat(@Param('id', ParseIntPipe) id: number): { id: number } {
    return { id };
  }
}
`,
  'src/app.module.ts': `import { Module } from '@nestjs/common';
import { AppController } from './app.controller';
import { AppService } from './app.service';

@Module({ imports: [], controllers: [AppController], providers: [AppService] })
export class AppModule {}
`,
  'src/main.ts': `import { NestFactory } from '@nestjs/core';
import { AppModule } from './app.module';

async function bootstrap() {
  const app = await NestFactory.create(AppModule, { logger: false });
  app.enableShutdownHooks();
  await app.listen(0, '127.0.0.1');
  console.log('port ' + app.getHttpServer().address().port);
}
bootstrap();
`,
  'src/dogs.controller.ts': `import { Controller, Get, Param } from '@nestjs/common';
import { Meter, Timed } from 'routemeter/nest';

@Controller('dogs')
export class DogsController {
  constructor(private readonly meter: Meter) {}

  @Timed()
  @Get(':name')
  async getDog(@Param('name') name: string): Promise<{ name: string }> {
    this.meter.increment('dogs.asked');
    return { name };
  }
}
`,
  'src/measured.module.ts': `import { Module } from '@nestjs/common';
import { RoutemeterModule } from 'routemeter/nest';
import { AppModule } from './app.module';
import { DogsController } from './dogs.controller';

@Module({ imports: [RoutemeterModule.forRoot(), AppModule], controllers: [DogsController] })
export class MeasuredModule {}
`,
  'src/measured.ts': `import { NestFactory } from '@nestjs/core';
import { MeasuredModule } from './measured.module';

async function bootstrap() {
  const app = await NestFactory.create(MeasuredModule, { logger: false });
  app.enableShutdownHooks();
  await app.listen(0, '127.0.0.1');
  console.log('port ' + app.getHttpServer().address().port);
}
bootstrap();
`,
  'src/app.controller.spec.ts': `import { Test, TestingModule } from '@nestjs/testing';
import { AppController } from './app.controller';
import { AppService } from './app.service';

describe('AppController', () => {
  let appController: AppController;

  beforeEach(async () => {
    const app: TestingModule = await Test.createTestingModule({
      controllers: [AppController],
      providers: [AppService],
    }).compile();
    appController = app.get<AppController>(AppController);
  });

  it('should return "Hello World!"', () => {
    expect(appController.getHello()).toBe('Hello World!');
  });
});
`,
  'src/measured.spec.ts': `import { INestApplication } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import { RoutemeterModule } from 'routemeter/nest';
import { captureMeter, expectMetric } from 'routemeter/testing';
import request = require('supertest');
import { AppModule } from './app.module';

describe('a measured application', () => {
  const captured = captureMeter();
  let app: INestApplication;

  beforeAll(async () => {
    const module = await Test.createTestingModule({
      imports: [RoutemeterModule.forRoot({ meter: captured.meter }), AppModule],
    }).compile();
    app = module.createNestApplication();
    await app.init();
  });

  afterAll(() => app.close());

  it('names its routes', async () => {
    await request(app.getHttpServer()).get('/cats/7').expect(200);
    await request(app.getHttpServer()).get('/cats/tom').expect(400);
    await request(app.getHttpServer()).post('/').set('content-type', 'application/json').send('{').expect(400);
    await new Promise((resolve) => setTimeout(resolve, 50));
    const metrics = await captured.metrics();
    expectMetric(metrics, 'http.server.request').withTags({ http_route: '/cats/:id' }).times(2);
    expectMetric(metrics, 'http.server.request').withTags({ http_route: 'unmatched' }).times(1);
  });
});
`,
};
