#!/usr/bin/env bash
# pg: each statement that fails in pool.query() costs its connection.
#
# Guess:   a unique violation is an answer like another: the connection goes back into the pool and the
#          next query uses it, as in mysql2.
# Instead: pool.query() gives the connection back with the error, and the pool ends it: ten violations
#          are ten new connections, each with its handshake and authentication. With pool.connect() and
#          release() the connection stays, whatever fails.
# Matters: "insert and catch the duplicate" makes a new connection for each duplicate. The time of
#          connecting is in the latency of the next query, which did nothing wrong, and the database's
#          connection rate follows the error rate.
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
const postgres = new pg.Pool({ host: `${process.cwd()}/postgres`, user: 'app', database: 'postgres', max: 1 })
await ready(() => postgres.query('select 1'))
await postgres.query('create table once (id int primary key)')
await postgres.query('insert into once values (1)')
let opened = 0
postgres.on('connect', () => opened++)
let codes = new Set()
async function failing(name, insert) {
  opened = 0
  codes = new Set()
  for (let i = 0; i < 10; i++) await insert().catch(({ code }) => codes.add(code))
  await sleep(200)
  await insert().catch(({ code }) => codes.add(code))
  console.log(`${name}: 11 inserts, error ${[...codes]}, connections opened since the first: ${opened}`)
}
const violation = 'insert into once values (1)'
await failing('pg, pool.query', () => postgres.query(violation))
await postgres.query('select 1')
await failing('pg, pool.connect and release', async () => {
  const client = await postgres.connect()
  try { await client.query(violation) } finally { client.release() }
})
const maria = mysql.createPool({ socketPath: `${process.cwd()}/mysql/sock`, user: 'root', connectionLimit: 1 })
await ready(() => maria.query('select 1'))
await maria.query('create database app')
await maria.query('create table app.once (id int primary key)')
await maria.query('insert into app.once values (1)')
maria.pool.on('connection', () => opened++)
await failing('mysql2, pool.query', () => maria.query('insert into app.once values (1)'))
process.exit()
JS
cat > expected <<'TXT'
pg, pool.query: 11 inserts, error 23505, connections opened since the first: 10
pg, pool.connect and release: 11 inserts, error 23505, connections opened since the first: 0
mysql2, pool.query: 11 inserts, error ER_DUP_ENTRY, connections opened since the first: 0
TXT
timeout 60 "$node" probe.mjs | tee seen
diff expected seen
