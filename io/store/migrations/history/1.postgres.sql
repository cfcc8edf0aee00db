CREATE TABLE run (
    number bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY,
    id text NOT NULL UNIQUE,
    kind text NOT NULL,
    time text NOT NULL,
    cluster text,
    contract text,
    commit_id text,
    server_version text,
    system_identifier text,
    fingerprint text,
    check_set text NOT NULL,
    pgward_version text NOT NULL,
    counts text NOT NULL,
    score bigint,
    risk text,
    evidence text NOT NULL,
    checks text NOT NULL,
    scopes text NOT NULL
);

CREATE TABLE run_item (
    run_id text NOT NULL REFERENCES run (id),
    check_id text NOT NULL,
    subject text NOT NULL,
    scope text NOT NULL,
    state text NOT NULL,
    grade text NOT NULL,
    words text NOT NULL,
    PRIMARY KEY (run_id, check_id, subject)
);
