CREATE TABLE lease (
    id text PRIMARY KEY,
    version bigint NOT NULL,
    person text NOT NULL,
    target text NOT NULL,
    tier text NOT NULL,
    stage text NOT NULL,
    settled bigint NOT NULL,
    state text NOT NULL
);

CREATE INDEX lease_unsettled ON lease (id) WHERE settled = 0;

CREATE TABLE lease_event (
    number bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY,
    lease_id text NOT NULL REFERENCES lease (id),
    version bigint NOT NULL,
    time text NOT NULL,
    event text NOT NULL,
    effects text NOT NULL,
    UNIQUE (lease_id, version)
);
