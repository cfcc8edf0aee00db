CREATE TABLE account (
    person text PRIMARY KEY,
    password text,
    state text NOT NULL
);

CREATE TABLE account_token (
    digest text PRIMARY KEY,
    person text NOT NULL,
    state text NOT NULL
);
