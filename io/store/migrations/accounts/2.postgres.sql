CREATE TABLE account_event (
    number bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    time text NOT NULL,
    event text NOT NULL
);

CREATE TABLE account_token_lease (
    lease_id text PRIMARY KEY,
    digest text NOT NULL
);
