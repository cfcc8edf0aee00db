CREATE TABLE account_event (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    time TEXT NOT NULL,
    event TEXT NOT NULL
) STRICT;

CREATE TABLE account_token_lease (
    lease_id TEXT PRIMARY KEY,
    digest TEXT NOT NULL
) STRICT;
