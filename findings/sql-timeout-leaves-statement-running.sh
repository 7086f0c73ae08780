#!/usr/bin/env bash
# pg and mysql2: a query's timeout ends the waiting, not the statement.
#
# Guess:   after query_timeout (pg) or timeout (mysql2) the statement is cancelled, or at least its
#          connection is given up; a pool of one has at most one statement in the server.
# Instead: neither cancels. pg's pool opens another connection while the server still works for the old
#          one: a pool of one ran four statements at once. mysql2 puts the connection back at once, and
#          the next query waits on it for the rest of the statement that timed out.
# Matters: with pg a slow database gets more concurrent work than `max` the more queries time out. With
#          mysql2 a cheap query shows the latency of somebody else's. Set statement_timeout
#          (max_statement_time) in the server, too.
# Versions: pg 8.23.1, mysql2 3.24.6, PostgreSQL 15 and MariaDB 10.11 (Debian 12); Node 20.20.2, 24.21.0,
#          26.10.0: alike. Needs both servers' programs; runs them as `postgres` and `mysql` when started
#          by root.
set -euo pipefail
node=$(realpath "$(command -v "${NODE:-node}")")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

npm init -y > npm.log
npm install --ignore-scripts --no-audit --no-fund pg@8.23.1 mysql2@3.24.6 >> npm.log 2>&1
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
import { setTimeout as sleep } from 'node:timers/promises'
import mysql from 'mysql2/promise'
import pg from 'pg'

async function ready(query) {
  for (;;) {
    try { return await query() } catch { await sleep(100) }
  }
}
const server = { host: `${process.cwd()}/postgres`, user: 'app', database: 'postgres', max: 1 }
const observer = new pg.Pool(server)
await ready(() => observer.query('select 1'))
const pool = new pg.Pool({ ...server, query_timeout: 300 })
const failures = []
for (let i = 0; i < 4; i++) await pool.query('select pg_sleep(20)').catch(({ message }) => failures.push(message))
const { rows } = await observer.query("select count(*)::int from pg_stat_activity where state = 'active' and query = 'select pg_sleep(20)'")
console.log(`pg, pool of one: ${failures.length} queries ended with "${[...new Set(failures)]}"; statements that still run: ${rows[0].count}`)

const maria = mysql.createPool({ socketPath: `${process.cwd()}/mysql/sock`, user: 'root', connectionLimit: 1 })
await ready(() => maria.query('select 1'))
const began = performance.now()
const failure = await maria.query({ sql: 'select sleep(6)', timeout: 300 }).catch(({ code }) => code)
const timedOut = performance.now() - began
await maria.query('select 1')
const next = performance.now() - began - timedOut
console.error(`timed out after ${timedOut} ms, next query took ${next} ms`)
console.log(`mysql2, pool of one: ${failure}; select 1 right after it took ${next > 1000 ? 'more than a second' : `${next} ms`}`)
await observer.query("select pg_terminate_backend(pid) from pg_stat_activity where query = 'select pg_sleep(20)'")
process.exit()
JS
cat > expected <<'TXT'
pg, pool of one: 4 queries ended with "Query read timeout"; statements that still run: 4
mysql2, pool of one: PROTOCOL_SEQUENCE_TIMEOUT; select 1 right after it took more than a second
TXT
timeout 60 "$node" probe.mjs | tee seen
diff expected seen
