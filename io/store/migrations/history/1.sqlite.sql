CREATE TABLE run (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    kind TEXT NOT NULL,
    time TEXT NOT NULL,
    cluster TEXT,
    contract TEXT,
    commit_id TEXT,
    server_version TEXT,
    system_identifier TEXT,
    fingerprint TEXT,
    check_set TEXT NOT NULL,
    pgward_version TEXT NOT NULL,
    counts TEXT NOT NULL,
    score INTEGER,
    risk TEXT,
    evidence TEXT NOT NULL,
    checks TEXT NOT NULL,
    scopes TEXT NOT NULL
) STRICT;

CREATE TABLE run_item (
    run_id TEXT NOT NULL REFERENCES run (id),
    check_id TEXT NOT NULL,
    subject TEXT NOT NULL,
    scope TEXT NOT NULL,
    state TEXT NOT NULL,
    grade TEXT NOT NULL,
    words TEXT NOT NULL,
    PRIMARY KEY (run_id, check_id, subject)
) STRICT, WITHOUT ROWID;
