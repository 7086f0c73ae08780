#!/usr/bin/env bash
# Sequelize and TypeORM: one call is up to four statements, one of which creates a function
# with the row's values in its text.
#
# Guess:   User.findOrCreate() is a SELECT and, at need, an INSERT with $1; TypeORM's findOne with
#          a relation is one join; remove() is one DELETE.
# Instead: findOrCreate opens a transaction, and its INSERT travels inside `CREATE OR REPLACE FUNCTION
#          pg_temp.testfunc ... VALUES ('ann', ...)`: another text for each row. findOne with a relation
#          is a SELECT DISTINCT of the ids and then the join. remove() selects again, then BEGIN, DELETE, COMMIT.
# Matters: calls per request counted at the driver do not match the code; query texts as metric or span names
#          grow without end and hold personal data; the transaction keeps one pool connection for all of it.
# Versions: sequelize 6.37.8, typeorm 1.1.1, pg 8.23.1, PostgreSQL 15 (Debian 12); Node 20.20.2,
#          24.21.0. Needs the server's programs initdb and postgres; runs them as `postgres` when started by root.
set -euo pipefail
node=$(realpath "$(command -v "${NODE:-node}")")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

npm init -y > npm.log
npm install --no-audit --no-fund sequelize@6.37.8 typeorm@1.1.1 pg@8.23.1 reflect-metadata@0.2.2 >> npm.log 2>&1
bin=$(ls -d /usr/lib/postgresql/*/bin | tail -n 1)
as=()
if (( EUID == 0 )); then
  as=(setpriv --reuid=postgres --regid=postgres --clear-groups)
  chmod 755 "$work"
  install -d -o postgres "$work/server"
else
  mkdir "$work/server"
fi
"${as[@]}" "$bin/initdb" -D "$work/server/data" -A trust -U app > initdb.log
"${as[@]}" "$bin/postgres" -D "$work/server/data" -c listen_addresses= -k "$work/server" -c log_statement=all -c log_line_prefix= 2> statements.log &
server=$!
trap 'kill "$server" 2> kill.log || true; wait "$server" 2> wait.log || true; rm -rf "$work"' EXIT
cat > probe.mjs <<'JS'
import 'reflect-metadata'
import { readFileSync, statSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'
import { DataTypes, Sequelize } from 'sequelize'
import { DataSource, EntitySchema } from 'typeorm'

const host = `${process.cwd()}/server`
for (;;) {
  const client = new pg.Client({ host, user: 'app', database: 'postgres' })
  try {
    await client.connect()
    await client.query('create table users (id serial primary key, name text unique)')
    await client.query('create table posts (id serial primary key, title text, "userId" int references users)')
    await client.end()
    break
  } catch { await sleep(100) }
}
async function statements(name, call) {
  await sleep(200)
  const from = statSync('statements.log').size
  await call()
  await sleep(200)
  const lines = readFileSync('statements.log', 'utf8').slice(from).split('\n').filter(line => /LOG: +(statement|execute)/.test(line))
  const short = lines.map(line => /: +(?:statement|execute [^:]*): +(CREATE OR REPLACE FUNCTION|SELECT DISTINCT|START TRANSACTION|\w+)/.exec(line)[1])
  console.log(`${name}: ${short.join(', ')}`)
  return lines
}
const sequelize = new Sequelize('postgres', 'app', '', { host, dialect: 'postgres', logging: false, pool: { max: 1 } })
const User = sequelize.define('user', { name: DataTypes.TEXT }, { tableName: 'users', timestamps: false })
await User.findOne()
const lines = await statements('sequelize findOrCreate, new', () => User.findOrCreate({ where: { name: 'ann' } }))
console.log(`the function's text holds the value: ${lines.some(line => line.includes('FUNCTION') && line.includes("'ann'"))}`)
await statements('sequelize findOrCreate, there', () => User.findOrCreate({ where: { name: 'ann' } }))

const users = new EntitySchema({ name: 'User', tableName: 'users', columns: { id: { type: Number, primary: true, generated: true }, name: { type: 'text' } }, relations: { posts: { type: 'one-to-many', target: 'Post', inverseSide: 'user' } } })
const posts = new EntitySchema({ name: 'Post', tableName: 'posts', columns: { id: { type: Number, primary: true, generated: true }, title: { type: 'text' } }, relations: { user: { type: 'many-to-one', target: 'User', joinColumn: { name: 'userId' } } } })
const source = await new DataSource({ type: 'postgres', host, username: 'app', database: 'postgres', entities: [users, posts] }).initialize()
const repository = source.getRepository(users)
await statements('typeorm findOne with relation', () => repository.findOne({ where: { name: 'ann' }, relations: { posts: true } }))
const ann = await repository.findOneBy({ name: 'ann' })
await statements('typeorm save, unchanged', () => repository.save(ann))
await statements('typeorm remove', () => repository.remove(ann))
process.exit()
JS
cat > expected <<'TXT'
sequelize findOrCreate, new: START TRANSACTION, SELECT, CREATE OR REPLACE FUNCTION, COMMIT
the function's text holds the value: true
sequelize findOrCreate, there: START TRANSACTION, SELECT, COMMIT
typeorm findOne with relation: SELECT DISTINCT, SELECT
typeorm save, unchanged: SELECT
typeorm remove: SELECT, START TRANSACTION, DELETE, COMMIT
TXT
timeout 60 "$node" probe.mjs | tee seen
diff expected seen
