//! The options of audits.

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use pgward_audit::reference::Framework as Named;
use pgward_audit::severity::Severity as Severe;

use crate::arguments::desk::LiveLeases;
use crate::arguments::evidence::Keep;

#[derive(Debug, Args)]
pub(crate) struct Audit {
    /// The contract to hold the cluster against: a file or a folder of files. Without one, what only a contract can tell is not
    /// assessed.
    pub(crate) contract: Option<PathBuf>,
    #[arg(long, default_value = "text")]
    pub(crate) format: AuditFormat,
    /// Show everything where the text would show the first page.
    #[arg(long)]
    pub(crate) all: bool,
    /// Write the report to this file instead of stdout.
    #[arg(long, short, value_name = "FILE")]
    pub(crate) out: Option<PathBuf>,
    /// Report what the audit shows of this framework's controls instead.
    #[arg(long, value_name = "NAME", conflicts_with = "after")]
    pub(crate) framework: Option<Framework>,
    /// Show risk and blast radius beside what they would be with the contract applied.
    #[arg(long, requires = "contract")]
    pub(crate) after: bool,
    /// Exit 3 when there is a finding this severe, or worse, that nobody answers for.
    #[arg(long, value_name = "SEVERITY")]
    pub(crate) fail_on: Option<Severity>,
    /// Exit 3 when there is a finding this severe, or worse, that the last audit kept of this cluster did not have.
    #[arg(long, value_name = "SEVERITY")]
    pub(crate) fail_on_new: Option<Severity>,
    /// Exit 3 when the score is below this.
    #[arg(long, value_name = "POINTS", value_parser = clap::value_parser!(u8).range(0..=100))]
    pub(crate) fail_under: Option<u8>,
    /// Tell a web hook in Slack's format when the risk is higher, or the score lower, than in the last audit kept of this cluster. The file holds
    /// its https address, and nobody else may read it.
    #[arg(long, value_name = "FILE", requires = "record")]
    pub(crate) alert: Option<PathBuf>,
    /// After how many days without having been seen connected, by audits that were kept, a login is dormant.
    #[arg(long, value_name = "DAYS", default_value = "90", value_parser = clap::value_parser!(u16).range(1..=3650))]
    pub(crate) dormant_after: u16,
    #[command(flatten)]
    pub(crate) keep: Keep,
    #[command(flatten)]
    pub(crate) live: LiveLeases,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum AuditFormat {
    /// For people at a terminal.
    Text,
    /// For machines.
    Json,
    /// For code scanning.
    Sarif,
    /// For CI servers.
    Junit,
    /// For a pull request or a ticket.
    Markdown,
    /// A page to read and to print.
    Html,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Framework {
    /// CIS PostgreSQL Benchmark.
    Cis,
    /// DISA's Security Technical Implementation Guide.
    Stig,
    /// OWASP Top 10 for LLM Applications.
    OwaspLlm,
    /// SOC 2, Trust Services Criteria.
    Soc2,
    /// ISO/IEC 27001, Annex A.
    Iso27001,
    /// NIST SP 800-53.
    #[value(name = "nist-800-53")]
    Nist80053,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Severity {
    /// Order and cleanliness.
    Info,
    Low,
    Medium,
    High,
    /// Superuser, the operating system or all rows, with the login alone.
    Critical,
}

impl From<Framework> for Named {
    fn from(asked: Framework) -> Named {
        match asked {
            Framework::Cis => Named::CisPostgresql,
            Framework::Stig => Named::DisaStig,
            Framework::OwaspLlm => Named::OwaspLlm,
            Framework::Soc2 => Named::Soc2,
            Framework::Iso27001 => Named::Iso27001,
            Framework::Nist80053 => Named::Nist80053,
        }
    }
}

impl From<Severity> for Severe {
    fn from(asked: Severity) -> Severe {
        match asked {
            Severity::Info => Severe::Info,
            Severity::Low => Severe::Low,
            Severity::Medium => Severe::Medium,
            Severity::High => Severe::High,
            Severity::Critical => Severe::Critical,
        }
    }
}
