mod connecting;
mod conninfo_against_psql;
mod encryption;
mod scram;
mod server;
mod session;
