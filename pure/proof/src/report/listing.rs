//! The reports that name every claim, also those that hold. There may be hundreds of thousands of them, so a proven claim
//! is a piece of text that is put aside when it is proven, and fetched when the report is written.

use std::io::{self, Write};

use crate::claim::Topic;
use crate::proof::Proof;
use crate::report::pieces::{Listing, Pieces};
use crate::report::{json, junit, text};
use crate::verdict::{Ruling, Verdict};

impl Listing {
    /// A verdict as it stands in the report, without a line end after it.
    ///
    /// # Errors
    /// Never in practice: every value of a verdict can be written.
    pub fn piece(self, verdict: &Verdict) -> io::Result<String> {
        match self {
            Listing::Json => json::line(verdict),
            Listing::Junit => Ok(junit::case(verdict)),
            Listing::Text => Ok(text::entry(verdict)),
        }
    }

    /// Writes the report: what does not hold first, as far as the form has an order.
    ///
    /// # Errors
    /// The report cannot be written, or the pieces cannot be read.
    pub fn write(self, proof: &Proof, proven: &mut dyn Pieces, out: &mut dyn Write) -> io::Result<()> {
        match self {
            Listing::Json => json::write(proof, proven, out),
            Listing::Junit => junit::write(proof, proven, out),
            Listing::Text => text::write(proof, proven, out),
        }
    }

    /// The report of a proof that has kept its proven claims.
    ///
    /// # Errors
    /// Never in practice: writing to memory does not fail.
    pub fn of(self, proof: &Proof) -> io::Result<String> {
        let mut out = Vec::new();
        self.write(proof, &mut Kept(proof), &mut out)?;
        String::from_utf8(out).map_err(io::Error::other)
    }
}

/// The proven claims that a proof has kept itself.
struct Kept<'p>(&'p Proof);

impl Pieces for Kept<'_> {
    fn each(
        &mut self,
        listing: Listing,
        topic: Topic,
        take: &mut dyn FnMut(&str) -> io::Result<()>,
    ) -> io::Result<()> {
        for verdict in self.0.of(Ruling::Proven).filter(|verdict| verdict.claim.topic == topic) {
            take(&listing.piece(verdict)?)?;
        }
        Ok(())
    }
}
