CREATE TABLE lease_token (
    lease_id text PRIMARY KEY,
    verifier text NOT NULL
);
