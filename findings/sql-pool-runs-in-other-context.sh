#!/usr/bin/env bash
# SQL drivers: callbacks, and mysql2's channel, run in the context of whoever opened the
# connection.
#
# Guess:   a callback given to pool.query(), and a subscriber of mysql2's channel mysql2:query,
#          run in the AsyncLocalStorage context of the caller; mysql2 publishes the statement as
#          written.
# Instead: every callback of pg runs in the context of the request that once opened the pool's
#          connection, however long ago. mysql2's query:start does so too for each caller that
#          had to wait for a connection. mysql2:query publishes the text with the values filled
#          in (execute() keeps the `?`). Awaited promises are right in both.
# Matters: queries, their errors and the CPU of callbacks are booked on a route that is long
#          over. Take the context at the call (mysql2: at pool:connect:start) and carry it
#          along. Texts of mysql2:query are no labels.
# Versions: pg 8.23.1, mysql2 3.24.6, PostgreSQL 15 and MariaDB 10.11 (Debian 12); Node 20.20.2,
#          22.23.3, 24.21.0, 26.10.0. Needs both servers' programs; runs them as `postgres` and
#          `mysql` when started by root.
set -euo pipefail
node=$(realpath "$(command -v "${NODE:-node}")")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

npm init -y > npm.log
npm install --no-audit --no-fund pg@8.23.1 mysql2@3.24.6 >> npm.log 2>&1
chmod 755 "$work"
function as { # USER COMMAND...: as USER for root, else as oneself
  if (( EUID == 0 )); then exec setpriv "--reuid=$1" "--regid=$1" --clear-groups "${@:2}"; else exec "${@:2}"; fi
}
mkdir postgres mysql
if (( EUID == 0 )); then chown postgres postgres; chown mysql mysql; fi
bin=$(ls -d /usr/lib/postgresql/*/bin | tail -n 1)
(as postgres "$bin/initdb" -D "$work/postgres/data" -A trust -U app) > initdb.log
(as postgres "$bin/postgres" -D "$work/postgres/data" -c listen_addresses= -k "$work/postgres") 2> postgres.log &
postgres=$!
(as mysql mariadb-install-db --no-defaults --datadir="$work/mysql/data" --auth-root-authentication-method=normal --skip-test-db) > installdb.log 2>&1
(as mysql mariadbd --no-defaults --datadir="$work/mysql/data" --skip-networking --socket="$work/mysql/sock") > mariadb.log 2>&1 &
mariadb=$!
trap 'kill "$postgres" "$mariadb" 2> kill.log || true; wait "$postgres" "$mariadb" 2> wait.log || true; rm -rf "$work"' EXIT
cat > probe.mjs <<'JS'
import { AsyncLocalStorage } from 'node:async_hooks'
import { tracingChannel } from 'node:diagnostics_channel'
import { setTimeout as sleep } from 'node:timers/promises'
import mysql from 'mysql2/promise'
import pg from 'pg'

const store = new AsyncLocalStorage()
const callers = ['a', 'b', 'c']
async function each(call) {
  return (await Promise.all(callers.map(name => store.run(name, () => call(name))))).join(' ')
}
async function ready(connect) {
  for (;;) {
    try { return await store.run('opener', connect) } catch { await sleep(100) }
  }
}
const postgres = new pg.Pool({ host: `${process.cwd()}/postgres`, user: 'app', database: 'postgres', max: 1 })
await ready(() => postgres.query('select 1'))
const callback = name => new Promise(resolve => postgres.query('select $1::text', [name], () => resolve(`${name}:${store.getStore()}`)))
console.log(`pg callbacks (caller:context): ${await each(callback)}`)
console.log(`pg awaits: ${await each(async name => { await postgres.query('select $1::text', [name]); return `${name}:${store.getStore()}` })}`)

const pool = mysql.createPool({ socketPath: `${process.cwd()}/mysql/sock`, user: 'root', connectionLimit: 1 })
await ready(() => pool.query('select 1'))
const seen = []
for (const operation of ['query', 'execute']) {
  tracingChannel(`mysql2:${operation}`).subscribe({ start: ({ query }) => seen.push(`${query} in ${store.getStore()}`) })
}
const awaits = await each(async name => { await pool.query('select ?', [name]); return `${name}:${store.getStore()}` })
console.log(`mysql2 query:start: ${seen.splice(0).join(', ')}`)
console.log(`mysql2 awaits: ${awaits}`)
await store.run('d', () => pool.execute('select ?', ['d']))
console.log(`mysql2 execute:start: ${seen.join(', ')}`)
process.exit()
JS
cat > expected <<'TXT'
pg callbacks (caller:context): a:opener b:opener c:opener
pg awaits: a:a b:b c:c
mysql2 query:start: select 'a' in a, select 'b' in opener, select 'c' in opener
mysql2 awaits: a:a b:b c:c
mysql2 execute:start: select ? in d
TXT
timeout 60 "$node" probe.mjs | tee seen
diff expected seen
