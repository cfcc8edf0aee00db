// A read-only session of node-postgres: what it prints is the same through the desk and without it.
const fs = require('fs')
const { Client, Pool } = require('pg')
const Cursor = require('pg-cursor')
const QueryStream = require('pg-query-stream')

const ssl = { ca: fs.readFileSync(process.env.PGSSLROOTCERT), servername: 'localhost' }
const settings = { host: process.env.PGHOSTADDR, ssl }

async function main() {
  const client = new Client({ ...settings, application_name: 'node', options: '-c geqo=off' })
  client.on('notice', () => {})
  await client.connect()
  console.log((await client.query('SELECT $1::int + 1 AS a, $2::text[] AS b, $3::jsonb AS c', [1, ['x'], { d: 1 }])).rows)
  console.log((await client.query({ name: 'kept', text: 'SELECT $1::text AS t', values: ['one'] })).rows)
  console.log((await client.query({ name: 'kept', text: 'SELECT $1::text AS t', values: ['two'] })).rows)
  console.log((await client.query({ text: 'SELECT 1, 2', rowMode: 'array' })).rows)
  console.log((await client.query('SELECT 1 AS a; SELECT 2 AS b; SHOW geqo')).map((result) => result.rows))
  console.log('empty:', (await client.query('')).rows)
  const cursor = client.query(new Cursor('SELECT generate_series(1, $1::int) AS n', [100]))
  console.log('cursor:', (await cursor.read(7)).length, (await cursor.read(50)).length)
  await cursor.close()
  let total = 0
  for await (const row of client.query(new QueryStream('SELECT generate_series(1, 1000) AS n', [], { batchSize: 10 }))) total += row.n
  console.log('stream:', total)
  for (const statement of ['DELETE FROM kept', 'SELECT 1/0', 'CREATE TABLE made (a int)']) {
    const failed = await client.query(statement).catch((error) => error)
    const bound = await client.query(statement + '', []).catch((error) => error)
    console.log('fails:', failed instanceof Error && /^[0-9A-Z]{5}$/.test(failed.code), bound instanceof Error)
  }
  await client.query('BEGIN READ ONLY')
  const failed = await client.query('SELECT $1::int / 0', [1]).catch((error) => error.code)
  console.log('transaction:', failed, (await client.query('ROLLBACK')).command, (await client.query('SELECT 1 AS a')).rows)
  await client.end()

  const pool = new Pool({ ...settings, max: 3 })
  const numbers = await Promise.all([...Array(20).keys()].map((number) => pool.query('SELECT $1::int AS n', [number])))
  console.log('pool:', numbers.reduce((sum, result) => sum + result.rows[0].n, 0))
  await pool.end()
}

main().catch((error) => {
  console.error(error)
  process.exit(1)
})
