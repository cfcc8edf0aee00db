CREATE TABLE account (
    person TEXT PRIMARY KEY,
    password TEXT,
    state TEXT NOT NULL
) STRICT;

CREATE TABLE account_token (
    digest TEXT PRIMARY KEY,
    person TEXT NOT NULL,
    state TEXT NOT NULL
) STRICT;
