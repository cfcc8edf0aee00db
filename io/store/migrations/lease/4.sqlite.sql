ALTER TABLE lease_event ADD COLUMN refused TEXT;
