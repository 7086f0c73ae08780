// Bundles programs by one bundler, in a process of its own: `node build.mjs <bundler> <folder> <program>...`.
// The programs are `programs/<name>.mjs` in the folder, and what is made of them `out/<way>/<name>.<ext>`.
// Prints what the bundler had to say about the library, as JSON: `[{ way, text }]`.
import { mkdirSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

const [bundler, folder, ...names] = process.argv.slice(2);
const require = createRequire(join(folder, 'package.json'));
const source = (name) => join(folder, 'programs', `${name}.mjs`);
const out = (way, ...rest) => join(folder, 'out', way, ...rest);

/** Frameworks and what they bring have warnings of their own in webpack and rollup: they stay outside there. */
const FRAMEWORKS =
  /^(express|fastify|koa|@koa\/router|hono|@hono\/.*|@hapi\/hapi|@nestjs\/.*|reflect-metadata|rxjs)(\/|$)/;
/** Nest asks for these in a `try`. */
const OPTIONAL = ['@nestjs/microservices', '@nestjs/websockets', 'class-transformer', 'class-validator'];

/** What applications put before an ES module so that packages in CommonJS find a `require`. */
const BANNER = `
import { createRequire } from 'module';
import { fileURLToPath } from 'url';
import module from 'module';
import url from 'url';
import path, { dirname } from 'path';
import process from 'process';
const require = createRequire(import.meta.url);
const __filename = fileURLToPath(import.meta.url);
const __dirname = dirname(__filename);
`;

const said = [];
const note = (way, text) => {
  if (text.includes('routemeter')) said.push({ way, text });
};

const BUNDLERS = {
  async esbuild() {
    const esbuild = require('esbuild');
    const ways = {
      'esbuild-cjs': { format: 'cjs' },
      'esbuild-cjs-minified': { format: 'cjs', minify: true },
      'esbuild-esm': { format: 'esm', banner: { js: BANNER } },
      'esbuild-esm-minified': { format: 'esm', minify: true, banner: { js: BANNER } },
    };
    const builds = Object.entries(ways).flatMap(([way, options]) =>
      names.map(async (name) => {
        const { warnings } = await esbuild.build({
          ...options,
          absWorkingDir: folder,
          entryPoints: [source(name)],
          bundle: true,
          platform: 'node',
          external: OPTIONAL,
          outfile: out(way, `${name}.${options.format === 'cjs' ? 'cjs' : 'mjs'}`),
          logLevel: 'silent',
          // Otherwise it keeps to itself what it finds in packages.
          logOverride: { 'empty-import-meta': 'warning' },
        });
        for (const { text, location } of warnings) note(way, `${text} (${location?.file})`);
      }),
    );
    await Promise.all(builds);
  },

  async rollup() {
    const { rollup } = require('rollup');
    const [resolve, commonjs, json] = ['node-resolve', 'commonjs', 'json'].map((name) =>
      require(`@rollup/plugin-${name}`),
    );
    const made = await rollup({
      input: Object.fromEntries(names.map((name) => [name, source(name)])),
      plugins: [resolve({ preferBuiltins: true }), commonjs(), json()],
      external: FRAMEWORKS,
      onwarn: (warning) => note('rollup', `${warning.message} (${warning.id})`),
    });
    await made.write({
      dir: out('rollup-cjs'),
      format: 'cjs',
      entryFileNames: '[name].cjs',
      interop: 'auto',
    });
    await made.write({
      dir: out('rollup-esm'),
      format: 'es',
      entryFileNames: '[name].mjs',
      chunkFileNames: '[name]-[hash].mjs',
    });
  },

  async webpack() {
    const webpack = require('webpack');
    const stats = await new Promise((resolve, reject) => {
      const options = {
        mode: 'production',
        target: 'node',
        context: folder,
        entry: Object.fromEntries(names.map((name) => [name, source(name)])),
        externals: [
          ({ request }, done) => (FRAMEWORKS.test(request) ? done(null, `commonjs ${request}`) : done()),
        ],
        output: { path: out('webpack'), filename: '[name].cjs' },
      };
      webpack(options, (error, result) => (error ? reject(error) : resolve(result)));
    });
    const { warnings, errors } = stats.toJson({ all: false, warnings: true, errors: true });
    for (const { message, moduleName } of warnings) note('webpack', `${message} (${moduleName})`);
    if (errors.length > 0) throw new Error(errors[0].message);
  },

  async ncc() {
    const ncc = require('@vercel/ncc');
    const { warn, error } = console;
    console.warn = console.error = (...texts) => note('ncc', texts.join(' '));
    for (const name of names) {
      const { code, assets } = await ncc(source(name), {
        cache: false,
        quiet: false,
        externals: {
          '/^(@nestjs\\/.*|express|fastify|koa|@koa\\/router|@hapi\\/hapi|hono|@hono\\/.*|rxjs|reflect-metadata)$/':
            '$1',
        },
      });
      // Each in a folder of its own, as parts of it have names that another's have, too.
      mkdirSync(out('ncc', name), { recursive: true });
      writeFileSync(out('ncc', name, `index.mjs`), code);
      for (const [file, { source: content }] of Object.entries(assets)) {
        mkdirSync(out('ncc', name, dirname(file)), { recursive: true });
        writeFileSync(out('ncc', name, file), content);
      }
    }
    Object.assign(console, { warn, error });
  },
};

await BUNDLERS[bundler]();
console.log(JSON.stringify(said));
