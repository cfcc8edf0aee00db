//! Where secrets live: mode-600 files.
