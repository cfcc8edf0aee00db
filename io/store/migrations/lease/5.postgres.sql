ALTER TABLE desk_session ADD COLUMN process bigint NOT NULL DEFAULT 0;
ALTER TABLE lease_event ADD COLUMN noted bigint NOT NULL DEFAULT 1;
CREATE INDEX lease_event_unnoted ON lease_event (number) WHERE noted = 0;
