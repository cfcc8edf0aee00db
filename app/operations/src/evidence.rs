//! What a proof shows, put aside in files without a name while it runs, and made into reports at its end.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, BufRead as _, BufReader, BufWriter, Seek as _, Write};
use std::path::Path;

use pgward_proof::baseline::{Baseline, Comparing, Comparison};
use pgward_proof::claim::Topic;
use pgward_proof::proof::Proof;
use pgward_proof::report::evidence::{EvidenceFile, TRUTH_TABLE};
use pgward_proof::report::pieces::{Listing, Pieces};
use pgward_proof::truth_table::{HEAD, Line};
use pgward_proof::verdict::{Ruling, Verdict};

use crate::prove::Archive;

/// What was put aside.
#[derive(Default)]
pub struct Evidence {
    listings: Vec<Listing>,
    proven: BTreeMap<(Listing, Topic), BufWriter<File>>,
    truth: Option<BufWriter<File>>,
    comparing: Option<Comparing>,
    proven_kept: bool,
}

impl Evidence {
    /// Puts aside what these reports need.
    #[must_use]
    pub fn for_reports(listings: impl IntoIterator<Item = Listing>) -> Self {
        Self { listings: listings.into_iter().collect(), ..Self::default() }
    }

    /// Puts aside what a whole folder of evidence needs as well.
    ///
    /// # Errors
    /// There is no place for it.
    pub fn and_for_a_folder(mut self) -> io::Result<Self> {
        for listing in EvidenceFile::ALL.into_iter().filter_map(EvidenceFile::listing) {
            if !self.listings.contains(&listing) {
                self.listings.push(listing);
            }
        }
        self.and_the_truth_table()
    }

    /// Puts the truth table aside as well.
    ///
    /// # Errors
    /// There is no place for it.
    pub fn and_the_truth_table(mut self) -> io::Result<Self> {
        let mut truth = BufWriter::new(tempfile::tempfile()?);
        truth.write_all(HEAD.as_bytes())?;
        self.truth = Some(truth);
        Ok(self)
    }

    /// Leaves the verdicts of claims that hold in the proof as well: what is recorded for good names each of them.
    #[must_use]
    pub fn and_in_the_proof(mut self) -> Self {
        self.proven_kept = true;
        self
    }

    /// Holds every verdict against an earlier proof as well.
    #[must_use]
    pub fn beside(mut self, baseline: Baseline) -> Self {
        self.comparing = Some(baseline.compare());
        self
    }

    /// What came of holding it against the earlier proof, if there is one.
    pub fn comparison(&mut self) -> Option<Comparison> {
        self.comparing.take().map(Comparing::finish)
    }

    /// Every file of an evidence folder, by name, in memory.
    ///
    /// # Errors
    /// What was put aside cannot be read.
    pub fn files(&mut self, proof: &Proof, tool_version: &str) -> io::Result<Vec<(&'static str, Vec<u8>)>> {
        let mut files = Vec::new();
        for file in EvidenceFile::ALL {
            if file != EvidenceFile::Fingerprint || proof.about.fingerprint.is_some() {
                let mut content = Vec::new();
                file.write(proof, tool_version, self, &mut content)?;
                files.push((file.name(), content));
            }
        }
        let mut truth = Vec::new();
        self.write_truth_table(&mut truth)?;
        files.push((TRUTH_TABLE, truth));
        Ok(files)
    }

    /// Writes every file of an evidence folder.
    ///
    /// # Errors
    /// The folder or a file in it cannot be written.
    pub fn write_folder(&mut self, folder: &Path, proof: &Proof, tool_version: &str) -> io::Result<()> {
        fs::create_dir_all(folder)?;
        for file in EvidenceFile::ALL {
            if file == EvidenceFile::Fingerprint && proof.about.fingerprint.is_none() {
                continue;
            }
            let mut out = BufWriter::new(File::create(folder.join(file.name()))?);
            file.write(proof, tool_version, self, &mut out)?;
            out.flush()?;
        }
        let mut out = BufWriter::new(File::create(folder.join(TRUTH_TABLE))?);
        self.write_truth_table(&mut out)?;
        out.flush()
    }

    /// Writes the truth table as Markdown.
    ///
    /// # Errors
    /// It cannot be written.
    pub fn write_truth_table(&mut self, out: &mut dyn Write) -> io::Result<()> {
        match &mut self.truth {
            Some(truth) => io::copy(rewound(truth)?, out).map(drop),
            None => out.write_all(HEAD.as_bytes()),
        }
    }
}

impl Archive for Evidence {
    fn verdict(&mut self, verdict: &Verdict) -> io::Result<()> {
        if let Some(comparing) = &mut self.comparing {
            comparing.take(verdict);
        }
        if verdict.ruling != Ruling::Proven {
            return Ok(());
        }
        for listing in &self.listings {
            let aside = match self.proven.entry((*listing, verdict.claim.topic)) {
                std::collections::btree_map::Entry::Occupied(aside) => aside.into_mut(),
                std::collections::btree_map::Entry::Vacant(place) => {
                    place.insert(BufWriter::new(tempfile::tempfile()?))
                }
            };
            aside.write_all(listing.piece(verdict)?.as_bytes())?;
            aside.write_all(b"\n")?;
        }
        Ok(())
    }

    fn truth(&mut self, line: &Line) -> io::Result<()> {
        match &mut self.truth {
            Some(truth) => truth.write_all(line.markdown().as_bytes()),
            None => Ok(()),
        }
    }

    fn wants_truth(&self) -> bool {
        self.truth.is_some()
    }

    fn wants_proven_kept(&self) -> bool {
        self.proven_kept
    }
}

impl Pieces for Evidence {
    fn each(
        &mut self,
        listing: Listing,
        topic: Topic,
        take: &mut dyn FnMut(&str) -> io::Result<()>,
    ) -> io::Result<()> {
        let Some(aside) = self.proven.get_mut(&(listing, topic)) else { return Ok(()) };
        for line in BufReader::new(rewound(aside)?).lines() {
            take(&line?)?;
        }
        Ok(())
    }
}

fn rewound(aside: &mut BufWriter<File>) -> io::Result<&mut File> {
    aside.flush()?;
    let file = aside.get_mut();
    file.rewind()?;
    Ok(file)
}
