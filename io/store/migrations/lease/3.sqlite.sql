CREATE TABLE desk_session (
    id TEXT PRIMARY KEY,
    desk TEXT NOT NULL,
    lease_id TEXT NOT NULL,
    address TEXT NOT NULL,
    began TEXT NOT NULL,
    last_kind TEXT NOT NULL,
    seen INTEGER NOT NULL,
    killed_by TEXT,
    reason TEXT
) STRICT;
CREATE INDEX desk_session_desk ON desk_session (desk);
