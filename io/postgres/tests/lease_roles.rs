//! The roles of leases on real servers.

mod leasing;
