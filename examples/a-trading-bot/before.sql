-- Case A as it was found: one login owns everything, is a superuser, and is shared by a web GUI, a bot and a worker.
-- Run as a superuser, connected to the database tradingbot_gui.
CREATE ROLE tradingbot_gui LOGIN SUPERUSER CREATEDB CREATEROLE REPLICATION BYPASSRLS;
ALTER DATABASE tradingbot_gui OWNER TO tradingbot_gui;
SET ROLE tradingbot_gui;

CREATE TABLE users (
    id bigserial PRIMARY KEY, email text NOT NULL UNIQUE, password_hash text NOT NULL, created_at timestamptz DEFAULT now());
CREATE TABLE sessions (id text PRIMARY KEY, user_id bigint REFERENCES users, payload text, last_activity bigint);
CREATE TABLE bots (id bigserial PRIMARY KEY, name text NOT NULL, pid integer, heartbeat timestamptz);
CREATE TABLE exchanges (id bigserial PRIMARY KEY, name text NOT NULL, api_key_ref text);
CREATE TABLE markets (id bigserial PRIMARY KEY, exchange_id bigint REFERENCES exchanges, symbol text NOT NULL);
CREATE TABLE strategies (id bigserial PRIMARY KEY, name text NOT NULL, parameters jsonb NOT NULL DEFAULT '{}');
CREATE TABLE commands (
    id bigserial PRIMARY KEY, bot_id bigint REFERENCES bots, command text NOT NULL, issued_by bigint REFERENCES users, done boolean DEFAULT false);
CREATE TABLE managed_proposals (
    id bigserial PRIMARY KEY, strategy_id bigint REFERENCES strategies, market_id bigint REFERENCES markets, state text DEFAULT 'open');
CREATE TABLE decision_logs (
    id bigserial PRIMARY KEY, proposal_id bigint REFERENCES managed_proposals, decision text NOT NULL, reason text);
CREATE TABLE orders (
    id bigserial PRIMARY KEY, market_id bigint REFERENCES markets, side text NOT NULL, amount numeric NOT NULL, price numeric);
CREATE TABLE fills (id bigserial PRIMARY KEY, order_id bigint REFERENCES orders, amount numeric NOT NULL, at timestamptz DEFAULT now());
CREATE TABLE audit_events (id bigserial PRIMARY KEY, event text NOT NULL, occurred_at timestamptz NOT NULL DEFAULT now());
CREATE TABLE candles (market_id bigint, at timestamptz, open numeric, high numeric, low numeric, close numeric, PRIMARY KEY (market_id, at));
CREATE TABLE balances (exchange_id bigint, currency text, amount numeric, PRIMARY KEY (exchange_id, currency));
CREATE TABLE alerts (id bigserial PRIMARY KEY, message text NOT NULL, seen boolean DEFAULT false);
CREATE TABLE notifications (id bigserial PRIMARY KEY, user_id bigint, body text);
CREATE TABLE backtests (id bigserial PRIMARY KEY, strategy_id bigint, result jsonb);
CREATE TABLE settings (id bigserial PRIMARY KEY, key text NOT NULL UNIQUE, value text);
CREATE TABLE jobs (id bigserial PRIMARY KEY, queue text NOT NULL, payload text NOT NULL, attempts smallint DEFAULT 0);
CREATE TABLE failed_jobs (id bigserial PRIMARY KEY, payload text NOT NULL, exception text NOT NULL);
CREATE TABLE cache (key text PRIMARY KEY, value text NOT NULL, expiration integer NOT NULL);
CREATE TABLE cache_locks (key text PRIMARY KEY, owner text NOT NULL, expiration integer NOT NULL);
CREATE TABLE password_resets (email text PRIMARY KEY, token text NOT NULL, created_at timestamptz);
CREATE TABLE migrations (id serial PRIMARY KEY, migration text NOT NULL, batch integer NOT NULL);

INSERT INTO users (email, password_hash) VALUES ('operator@example.org', 'not-a-real-hash');
INSERT INTO audit_events (event) VALUES ('installed');
RESET ROLE;
