#!/usr/bin/env bash
# Node: the maximum memory of a child process includes that of the process which started it.
#
# Guess:   resourceUsage().maxRSS of a small child that a large process starts is the child's own: some
#          tens of megabytes, not below its rss now.
# Instead: it is the parent's size at the start of the child: Linux keeps the high-water mark over exec, and
#          the child began as a copy of the parent. A shell or `env` in between passes it on.
# Matters: memory of workers, builds and jobs is charged with the supervisor's. A queue that starts a script
#          for each job reports hundreds of megabytes for each, and limits derived from it are too large.
#          /proc/self/status (VmHWM) has the child's own.
# Versions: Node 20.20.2, 24.21.0, 26.10.0; Linux 6: all alike.
set -euo pipefail
node=$(realpath "$(command -v "${NODE:-node}")")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

cat > child.mjs <<'JS'
import { readFileSync } from 'node:fs'

const own = Number(/^VmHWM:\s+(\d+)/m.exec(readFileSync('/proc/self/status', 'utf8'))[1])
console.log(JSON.stringify({ maxRSS: process.resourceUsage().maxRSS / 1024, own: own / 1024 }))
JS
cat > probe.mjs <<'JS'
import { execFileSync } from 'node:child_process'

function show(name, file, args) {
  const { maxRSS, own } = JSON.parse(execFileSync(file, args, { encoding: 'utf8' }))
  console.error(`${name}: maxRSS ${maxRSS} MB, VmHWM ${own} MB`)
  const size = value => (value > 350 ? 'more than 350 MB' : value < 200 ? 'less than 200 MB' : `${value} MB`)
  console.log(`${name}: maxRSS ${size(maxRSS)}, VmHWM ${size(own)}`)
}
show('small parent', process.execPath, ['child.mjs'])
const ballast = Buffer.alloc(400 * 1024 * 1024, 1)
show('large parent', process.execPath, ['child.mjs'])
show('large parent, by way of env', '/usr/bin/env', [process.execPath, 'child.mjs'])
ballast.fill(0)
JS
cat > expected <<'TXT'
small parent: maxRSS less than 200 MB, VmHWM less than 200 MB
large parent: maxRSS more than 350 MB, VmHWM less than 200 MB
large parent, by way of env: maxRSS more than 350 MB, VmHWM less than 200 MB
TXT
timeout 30 "$node" probe.mjs | tee seen
diff expected seen
