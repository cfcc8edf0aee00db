//! What privileges should be, as people write it: source, diagnostics, expansion, adoption.
