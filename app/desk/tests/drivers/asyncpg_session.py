# A read-only session of asyncpg: what it prints is the same through the desk and without it.
import asyncio

import asyncpg


async def main():
    connection = await asyncpg.connect()
    print(await connection.fetchrow("SELECT $1::int + 1 AS a, $2::text[] AS b, $3::jsonb AS c", 1, ["x"], '{"d": 1}'))
    print(await connection.fetchval("SELECT '{[1,2),[3,4)}'::int4multirange"), await connection.fetchval("SELECT now() > '2020-01-01'"))
    # A type that it has to look up.
    print(await connection.fetchval("SELECT 'pg_class'::regclass"), await connection.fetch("SELECT ROW(1, 'a'::text)"))
    statement = await connection.prepare("SELECT generate_series(1, $1::int) AS n")
    print([attribute.name for attribute in statement.get_attributes()], len(await statement.fetch(500)))
    async with connection.transaction(isolation="repeatable_read", readonly=True):
        total = 0
        async for row in connection.cursor("SELECT generate_series(1, 1000)", prefetch=33):
            total += row[0]
        cursor = await connection.cursor("SELECT generate_series(1, 10)")
        await cursor.forward(3)
        print("cursors:", total, await cursor.fetchrow())
        try:
            async with connection.transaction():
                await connection.execute("SELECT 1/0")
        except asyncpg.DivisionByZeroError:
            print("savepoint:", await connection.fetchval("SELECT 1"))
    for denied in ("DELETE FROM kept", "CREATE TABLE made (a int)"):
        try:
            await connection.execute(denied)
        except asyncpg.PostgresError as error:
            print("fails:", error.sqlstate is not None)
    rows = []
    await connection.copy_from_query("SELECT generate_series(1, $1::int)", 1000, output=collect(rows), format="csv")
    print("copied:", sum(int(line) for line in b"".join(rows).split()))
    await connection.set_type_codec("json", encoder=str, decoder=len, schema="pg_catalog")
    print("codec:", await connection.fetchval("SELECT '[1, 2]'::json"))
    try:
        await connection.fetch("SELECT pg_sleep(100)", timeout=0.5)
    except asyncio.TimeoutError:
        print("timed out:", await connection.fetchval("SELECT 1"))
    await connection.reset()
    await connection.close()

    async with asyncpg.create_pool(min_size=1, max_size=3) as pool:
        print("pool:", sum(await asyncio.gather(*(pool.fetchval("SELECT $1::int", number) for number in range(20)))))


def collect(rows):
    async def sink(data):
        rows.append(bytes(data))

    return sink


asyncio.run(main())
