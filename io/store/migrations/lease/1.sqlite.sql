CREATE TABLE lease (
    id TEXT PRIMARY KEY,
    version INTEGER NOT NULL,
    person TEXT NOT NULL,
    target TEXT NOT NULL,
    tier TEXT NOT NULL,
    stage TEXT NOT NULL,
    settled INTEGER NOT NULL,
    state TEXT NOT NULL
) STRICT;

CREATE INDEX lease_unsettled ON lease (id) WHERE settled = 0;

CREATE TABLE lease_event (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    lease_id TEXT NOT NULL REFERENCES lease (id),
    version INTEGER NOT NULL,
    time TEXT NOT NULL,
    event TEXT NOT NULL,
    effects TEXT NOT NULL,
    UNIQUE (lease_id, version)
) STRICT;
