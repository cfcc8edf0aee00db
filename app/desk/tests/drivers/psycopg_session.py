# A read-only session of psycopg 3: what it prints is the same through the desk and without it.
import asyncio

import psycopg
from psycopg.rows import dict_row


def failing(connection, statement):
    try:
        connection.execute(statement)
    except psycopg.Error as error:
        connection.rollback()
        return error.sqlstate is not None
    return False


with psycopg.connect("") as connection:
    print(connection.execute("SELECT %s::int + 1, %t, %b::date", (1, "x", None)).fetchone())
    for number in range(8):
        row = connection.execute("SELECT %s * 2", (number,)).fetchone()
    print("prepared by itself:", row, connection.execute("SELECT count(*) > 0 FROM pg_prepared_statements").fetchone())
    with connection.cursor(row_factory=dict_row, binary=True) as cursor:
        cursor.execute("SELECT ARRAY[1, 2] AS a, '{\"b\": [1]}'::jsonb AS j, '[1,5)'::int4range AS r, 1.50::numeric AS n, '10.0.0.1'::inet AS i")
        print(cursor.fetchone())
    with connection.cursor("kept", withhold=True, scrollable=True) as cursor:
        cursor.execute("SELECT generate_series(1, 1000)")
        connection.commit()
        print("held:", cursor.fetchmany(2), cursor.scroll(500) or cursor.fetchone())
    with connection.pipeline():
        cursors = [connection.execute("SELECT %s::int", (number,)) for number in range(20)]
    print("pipeline:", sum(cursor.fetchone()[0] for cursor in cursors))
    with connection.cursor().copy("COPY (SELECT * FROM generate_series(1, 1000) g (a)) TO STDOUT (FORMAT binary)") as copy:
        copy.set_types(["int4"])
        print("copied:", sum(row[0] for row in copy.rows()))
    print("fails:", failing(connection, "DELETE FROM kept"), failing(connection, "SELECT 1/0"))
    try:
        with connection.transaction():
            with connection.transaction():
                connection.execute("SELECT 1")
            connection.execute("CREATE TABLE made (a int)")
    except psycopg.Error as error:
        print("transaction failed:", error.sqlstate is not None, connection.info.transaction_status.name)
    connection.execute("SET client_encoding TO 'LATIN1'")
    print(connection.info.encoding, connection.execute("SELECT chr(228)").fetchone())
    connection.execute("RESET client_encoding")
    connection.commit()
    connection.read_only = True
    connection.isolation_level = psycopg.IsolationLevel.SERIALIZABLE
    print("mode:", connection.execute("SHOW transaction_isolation").fetchone(), connection.execute("SHOW transaction_read_only").fetchone())


async def together():
    async with await psycopg.AsyncConnection.connect("", autocommit=True) as connection:
        cursor = await connection.execute("SELECT 'asynchronous'")
        print(await cursor.fetchone())
        sleeping = asyncio.create_task(connection.execute("SELECT pg_sleep(100)"))
        while (await (await other.execute("SELECT count(*) FROM pg_stat_activity WHERE query = 'SELECT pg_sleep(100)' AND state = 'active' AND pid = %s", (connection.info.backend_pid,))).fetchone())[0] == 0:
            await asyncio.sleep(0.05)
        connection.cancel()
        try:
            await sleeping
        except psycopg.errors.QueryCanceled as error:
            print("cancelled:", error.sqlstate)


async def main():
    global other
    other = await psycopg.AsyncConnection.connect("", autocommit=True)
    await together()
    await other.close()


asyncio.run(main())
