#!/usr/bin/env bash
# node:sqlite: the channel sqlite.db.query measures in nanoseconds and knows whole milliseconds.
#
# Guess:   `duration` of sqlite.db.query, given in nanoseconds, tells how long each statement took; `sql`
#          is the statement as it was prepared, with `?` for the values.
# Instead: it is a whole number of milliseconds: 0 for nearly every statement of a local database, and 1 ms
#          for those within which a millisecond happens to end. `sql` has the values put in.
# Matters: percentiles are 0, or a hundred times too high; only sums of very many come near. The text is
#          private, and as a label it has no bound.
# Versions: Node 26.10.0. 20.20.2, 22.23.3 and 24.21.0 have no such channel. No packages.
set -euo pipefail
node=$(realpath "$(command -v "${NODE:-node}")")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

cat > probe.mjs <<'JS'
import { subscribe } from 'node:diagnostics_channel'
import { DatabaseSync } from 'node:sqlite'

const durations = []
let text
subscribe('sqlite.db.query', ({ sql, duration }) => {
  durations.push(duration)
  text = sql
})
const database = new DatabaseSync(':memory:')
database.exec('create table users (name text)')
const insert = database.prepare('insert into users values (?)')
const began = process.hrtime.bigint()
for (let i = 0; i < 10_000; i++) insert.run('alice')
const took = Number(process.hrtime.bigint() - began) / 1e6
console.error(`10000 statements in ${took} ms; sum of durations ${durations.reduce((sum, each) => sum + each, 0) / 1e6} ms`)
console.log(`published: ${durations.length}, in whole milliseconds: ${durations.every(each => each % 1e6 === 0)}, of 0: ${durations.filter(each => each === 0).length > 0.9 * durations.length ? 'over nine tenths' : 'fewer'}`)
console.log(text)
JS
cat > expected <<'TXT'
published: 10001, in whole milliseconds: true, of 0: over nine tenths
insert into users values ('alice')
TXT
timeout 30 "$node" --no-warnings probe.mjs | tee seen
diff expected seen
