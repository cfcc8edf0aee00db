CREATE TABLE lease_token (
    lease_id TEXT PRIMARY KEY,
    verifier TEXT NOT NULL
) STRICT;
