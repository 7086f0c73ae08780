#!/usr/bin/env bash
# Mercurius with `jit`: of a document with two operations, every operation is answered by the one that was compiled.
#
# Guess:   operationName picks the operation each time; a compiled query differs from an interpreted
#          one in its speed alone.
# Instead: compiled queries are kept by the document's text. The request that reaches the count of
#          `jit` compiles its own operation, and from then on the other one is answered with the
#          compiled one's fields, status 200 and no errors. Without `jit`, or with one document for
#          each operation, answers are right.
# Matters: who measures by operation names what was asked for, while resolvers of the other run, and
#          a test that asks once or twice sees nothing. Clients that keep all operations in one
#          document and tell them apart by operationName get the wrong data after warm-up.
# Versions: mercurius 16.10.1, graphql 16.15.0, fastify 5.12.8; Node 20.20.2, 22.23.3, 24.21.0, 26.10.0: all alike.
set -euo pipefail
node=$(realpath "$(command -v "${NODE:-node}")")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

npm init -y > npm.log
npm install --no-audit --no-fund mercurius@16.10.1 graphql@16.15.0 fastify@5.12.8 >> npm.log 2>&1
cat > probe.mjs <<'JS'
import fastify from 'fastify'
import mercurius from 'mercurius'

const schema = 'type Query { user: String  price: Int }'
const resolvers = { Query: { user: () => 'Ada', price: () => 7 } }
const query = 'query User { user } query Price { price }'

async function answers(jit, documents) {
  const app = fastify()
  await app.register(mercurius, { schema, resolvers, jit })
  const seen = []
  for (let at = 0; at < 8; at++) {
    const operationName = at % 2 ? 'Price' : 'User'
    const payload = { query: documents[operationName], operationName }
    const { statusCode, body } = await app.inject({ method: 'POST', url: '/graphql', payload })
    seen.push(`${operationName}: ${statusCode} ${JSON.stringify(JSON.parse(body).data)}`)
  }
  await app.close()
  return [...new Set(seen.slice(4))].sort().join(', ')
}

const together = { User: query, Price: query }
const apart = { User: 'query User { user }', Price: 'query Price { price }' }
console.log(`one document, no jit:   ${await answers(0, together)}`)
console.log(`one document, jit 2:    ${await answers(2, together)}`)
console.log(`two documents, jit 2:   ${await answers(2, apart)}`)
JS
cat > expected <<'TXT'
one document, no jit:   Price: 200 {"price":7}, User: 200 {"user":"Ada"}
one document, jit 2:    Price: 200 {"user":"Ada"}, User: 200 {"user":"Ada"}
two documents, jit 2:   Price: 200 {"price":7}, User: 200 {"user":"Ada"}
TXT
timeout 60 "$node" probe.mjs | tee seen
diff expected seen
