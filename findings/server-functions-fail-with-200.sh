#!/usr/bin/env bash
# SvelteKit and TanStack Start: a server function that throws is answered with 200.
#
# Guess:   what throws on the server is 500, in a function that the browser calls as in a page.
# Instead: a page whose `load` or `loader` throws is 500. The same error in a remote function of
#          SvelteKit or a server function of TanStack Start is 200, with the error in the body; so is
#          SvelteKit's `error(404)` in one.
# Matters: error rates by status, of a proxy, an access log or an agent, show none of them: a page
#          whose every button fails looks healthy.
# Versions: @sveltejs/kit 3.2.0 with adapter-node 6.0.1, @tanstack/react-start 1.169.5 with nitro
#          3.0.260903-beta; Node 24.21.0, 26.10.0: alike.
set -euo pipefail
node=$(realpath "$(command -v "${NODE:-node}")")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export PATH="$(dirname "$node"):$PATH" CI=1

mkdir -p "$work/kit/src/routes/page" && cd "$work/kit"
echo '{ "private": true, "type": "module" }' > package.json
npm install --no-audit --no-fund @sveltejs/kit@3.2.0 @sveltejs/adapter-node@6.0.1 \
  @sveltejs/vite-plugin-svelte@7.3.1 svelte@5.57.3 vite@8.4.0 > npm.log 2>&1
cat > vite.config.js <<'JS'
import adapter from '@sveltejs/adapter-node'
import { sveltekit } from '@sveltejs/kit/vite'
export default { plugins: [sveltekit({ adapter: adapter(), experimental: { remoteFunctions: true } })] }
JS
echo '<html><head>%sveltekit.head%</head><body>%sveltekit.body%</body></html>' > src/app.html
echo "export const load = () => { throw new RangeError('boom') }" > src/routes/page/+page.server.js
echo '<p>page</p>' > src/routes/page/+page.svelte
cat > src/routes/words.remote.js <<'JS'
import { query } from '$app/server'
import { error } from '@sveltejs/kit'
export const boom = query(() => { throw new RangeError('boom') })
export const gone = query(() => error(404, 'gone'))
JS
cat > src/routes/+page.svelte <<'JS'
<script>
  import { boom, gone } from './words.remote.js'
</script>
<button onclick={() => boom().run()}>boom</button><button onclick={() => gone().run()}>gone</button>
JS
"$node" node_modules/vite/bin/vite.js build > build.log 2>&1

mkdir -p "$work/start/src/routes" && cd "$work/start"
echo '{ "private": true, "type": "module" }' > package.json
npm install --no-audit --no-fund @tanstack/react-start@1.169.5 @tanstack/react-router@1.170.46 \
  @vitejs/plugin-react@6.3.0 nitro@3.0.260903-beta react@19.3.1 react-dom@19.3.1 vite@8.4.0 > npm.log 2>&1
cat > vite.config.js <<'JS'
import { tanstackStart } from '@tanstack/react-start/plugin/vite'
import viteReact from '@vitejs/plugin-react'
import { nitro } from 'nitro/vite'
export default { plugins: [tanstackStart(), viteReact(), nitro()] }
JS
echo '{ "compilerOptions": { "jsx": "react-jsx", "module": "ESNext", "moduleResolution": "Bundler" } }' > tsconfig.json
cat > src/router.tsx <<'JS'
import { createRouter } from '@tanstack/react-router'
import { routeTree } from './routeTree.gen'
export const getRouter = () => createRouter({ routeTree, defaultErrorComponent: () => <p>failed</p> })
JS
cat > src/routes/__root.tsx <<'JS'
import { createRootRoute, Outlet, Scripts } from '@tanstack/react-router'
export const Route = createRootRoute({ component: () => <html lang="en"><body><Outlet /><Scripts /></body></html> })
JS
cat > src/routes/page.tsx <<'JS'
import { createFileRoute } from '@tanstack/react-router'
export const Route = createFileRoute('/page')({ loader: () => { throw new RangeError('boom') } })
JS
cat > src/routes/index.tsx <<'JS'
import { createFileRoute } from '@tanstack/react-router'
import { createServerFn } from '@tanstack/react-start'
const boom = createServerFn({ method: 'GET' }).handler(() => { throw new RangeError('boom') })
export const Route = createFileRoute('/')({ component: () => <button onClick={() => boom()}>boom</button> })
JS
"$node" node_modules/vite/bin/vite.js build > build.log 2>&1

cd "$work"
cat > probe.mjs <<'JS'
import { spawn } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'

const [hash] = readdirSync('kit/.svelte-kit/output/server/chunks').flatMap(name => /^remote-(\w+)\.js$/.exec(name)?.[1] ?? [])
const built = 'start/.output/server/_ssr/'
const [id] = readdirSync(built).flatMap(name => /\bid: "([^"]+)",\s+name: "boom"/.exec(readFileSync(built + name, 'utf8'))?.[1] ?? [])
const own = { 'x-tsr-serverfn': 'true', 'sec-fetch-site': 'same-origin' }
const asked = {
  'SvelteKit': ['kit', 'build/index.js', { '/page': 'page', [`/_app/remote/${hash}/boom`]: 'remote function throws', [`/_app/remote/${hash}/gone`]: 'remote function, error(404)' }],
  'TanStack Start': ['start', '.output/server/index.mjs', { '/page': 'page', [`/_serverFn/${id}`]: 'server function throws' }],
}
for (const [name, [cwd, program, paths]] of Object.entries(asked)) {
  const port = await new Promise(resolve => {
    const server = createServer().listen(0, '127.0.0.1', () => { const { port } = server.address(); server.close(() => resolve(port)) })
  })
  const child = spawn(process.execPath, [program], { cwd, stdio: 'ignore', env: { ...process.env, HOST: '127.0.0.1', PORT: String(port) } })
  const ask = path => fetch(`http://127.0.0.1:${port}${path}`, { headers: own }).then(async answer => [answer.status, await answer.text()])
  while (!(await ask('/').catch(() => null))) await sleep(100)
  for (const [path, what] of Object.entries(paths)) {
    const [status, body] = await ask(path)
    const tells = what !== 'page' && /error/i.test(body) ? ', the error in its body' : ''
    console.log(`${name}, ${what}: ${status}${tells}`)
  }
  child.kill()
}
JS
cat > expected <<'TXT'
SvelteKit, page: 500
SvelteKit, remote function throws: 200, the error in its body
SvelteKit, remote function, error(404): 200, the error in its body
TanStack Start, page: 500
TanStack Start, server function throws: 200, the error in its body
TXT
timeout 120 "$node" probe.mjs | tee seen
diff expected seen
