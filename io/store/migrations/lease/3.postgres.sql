CREATE TABLE desk_session (
    id text PRIMARY KEY,
    desk text NOT NULL,
    lease_id text NOT NULL,
    address text NOT NULL,
    began text NOT NULL,
    last_kind text NOT NULL,
    seen bigint NOT NULL,
    killed_by text,
    reason text
);
CREATE INDEX desk_session_desk ON desk_session (desk);
