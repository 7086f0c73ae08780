#!/usr/bin/env bash
# Nest: an interceptor that measures reads 200 or 201 for what fails, and never hears of what a guard
# refuses.
#
# Guess:   a global interceptor with finalize() sees each request and, once it is over, the status that the
#          client got.
# Instead: filters turn an exception into a response after the interceptors. Until then response.statusCode
#          is the handler's default: 200, and 201 for POST. A pipe's refusal (400) reads 200 as well. Guards
#          run before interceptors, and routes that do not exist have none: 403 and 404 are not seen at all.
# Matters: the error rate of the usual metrics interceptor is 0 and POSTs that fail read "created"; an
#          authentication that refuses everybody looks like less traffic. Measure in a middleware, at the
#          response's 'close'.
# Versions: @nestjs/core 12.5.1 with its Express adapter; Node 20.20.2, 24.21.0, 26.10.0: all alike.
set -euo pipefail
node=$(realpath "$(command -v "${NODE:-node}")")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

npm init -y > npm.log
npm install --ignore-scripts --no-audit --no-fund @nestjs/core@12.5.1 @nestjs/common@12.5.1 @nestjs/platform-express@12.5.1 reflect-metadata@0.2.2 rxjs@7.8.2 >> npm.log 2>&1
cat > probe.mjs <<'JS'
import 'reflect-metadata'
import { BadRequestException, Controller, Get, Module, Param, ParseIntPipe, Post } from '@nestjs/common'
import { NestFactory } from '@nestjs/core'
import { finalize } from 'rxjs'

class Orders {
  list() {
    return []
  }
  create() {
    throw new Error('no')
  }
  search() {
    throw new BadRequestException()
  }
  one(id) {
    return id
  }
}
function route(decorator, name) { // As the compiler writes decorators
  decorator(Orders.prototype, name, Object.getOwnPropertyDescriptor(Orders.prototype, name))
}
route(Get('orders'), 'list')
route(Post('orders'), 'create')
route(Get('search'), 'search')
route(Get('orders/:id'), 'one')
Param('id', ParseIntPipe)(Orders.prototype, 'one', 0)
Controller()(Orders)
class App {}
Module({ controllers: [Orders] })(App)

const seen = []
const metrics = {
  intercept: (context, next) => next.handle().pipe(finalize(() => seen.push(context.switchToHttp().getResponse().statusCode))),
}
const guard = { canActivate: context => !('x-refuse' in context.switchToHttp().getRequest().headers) }
const app = await NestFactory.create(App, { logger: false })
app.useGlobalInterceptors(metrics)
app.useGlobalGuards(guard)
await app.listen(0, '127.0.0.1')
const url = await app.getUrl()
async function show(name, path, options) {
  seen.length = 0
  const answer = await fetch(url + path, options)
  await answer.text()
  console.log(`${name}: client ${answer.status}, interceptor ${seen.length === 0 ? 'not called' : seen}`)
}
await show('answered', '/orders')
await show('POST that throws', '/orders', { method: 'POST' })
await show('refused by the handler', '/search')
await show('refused by a pipe', '/orders/x')
await show('refused by a guard', '/orders', { headers: { 'x-refuse': '1' } })
await show('no such route', '/none')
process.exit()
JS
cat > expected <<'TXT'
answered: client 200, interceptor 200
POST that throws: client 500, interceptor 201
refused by the handler: client 400, interceptor 200
refused by a pipe: client 400, interceptor 200
refused by a guard: client 403, interceptor not called
no such route: client 404, interceptor not called
TXT
timeout 30 "$node" probe.mjs | tee seen
diff expected seen
