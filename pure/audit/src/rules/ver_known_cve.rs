use pgward_catalog::version::Version;

use crate::finding::{Findings, Fix, Subject};
use crate::reference::Reference;
use crate::rule::{Case, FixWorks, Needs, Rule, Versions};
use crate::severity::Capability::{self, AllRead, AllWrite, OperatingSystem, SomeData, Superuser};
use crate::severity::Precondition::{self, Configuration, Create, Login, Victim};
use crate::severity::Severity;
use crate::study::Study;

pub(super) const RULE: Rule = Rule {
    id: "ver.known_cve",
    title: "the server's minor version has known holes in what keeps privileges apart",
    capability: Capability::OperatingSystem,
    precondition: Precondition::Login,
    versions: Versions::ALL,
    sees: &[],
    references: &[
        Reference::page("release", "Release Notes"),
        Reference::cis("1.5", "security updates are installed"),
        Reference::stig("V-233513", "security-relevant updates are installed"),
        Reference::nist("SI-2", "Flaw Remediation"),
        Reference::iso("A.8.8", "Management of technical vulnerabilities"),
        Reference::soc2("CC7.1", "Vulnerabilities are detected and monitored"),
    ],
    explanation: "The table holds the CVEs by which a role gets more than it was granted: code as another role or as the server, \
rows past policies, secrets. A minor release changes no formats: install it and restart. A provider may have mended a hole \
without changing the number; accept the finding then, with the reason.",
    check,
    cases: &[Case {
        shows: "the first minor release and one that is not out yet",
        versions: Versions::ALL,
        flawed: "SELECT 1;",
        finds: &[("server version", "")],
        sound: "SELECT 2;",
        fix: FixWorks::CannotRun("a minor upgrade is no statement"),
        needs: Needs::Survey {
            flawed: |survey| survey.catalog.version = Version(survey.catalog.version.major() * 10_000),
            sound: |survey| survey.catalog.version = Version(survey.catalog.version.major() * 10_000 + 99),
        },
    }],
};

fn check(study: &Study<'_>, findings: &mut Findings) {
    let version = study.version();
    let open: Vec<(&Hole, u32)> =
        HOLES.iter().filter_map(|hole| Some((hole, hole.open_until(version)?))).collect();
    let Some(fixed) = open.iter().map(|(_, minor)| *minor).max() else { return };
    let Some((capability, precondition)) = open
        .iter()
        .map(|(hole, _)| (hole.capability, hole.precondition))
        .max_by_key(|(capability, precondition)| (Severity::of(*capability, *precondition), *capability))
    else {
        return;
    };
    let (major, minor) = (version.major(), version.0 % 10_000);
    let finding = findings
        .add(
            Subject::Server("server version".to_owned()),
            None,
            format!("PostgreSQL {major}.{minor} has {} known holes that {major}.{fixed} has not", open.len()),
            Fix::words(format!("install PostgreSQL {major}.{fixed} or later, and restart")),
        )
        .reaching(capability, precondition);
    for (hole, minor) in open {
        finding.shown_by(format!("{} (fixed in {major}.{minor}): {}", hole.cve, hole.what));
    }
}

/// A hole, and the minor release of each major version that closed it.
struct Hole {
    cve: &'static str,
    what: &'static str,
    capability: Capability,
    precondition: Precondition,
    /// By major version from 14 on; none: never open.
    fixed: [Option<u32>; 5],
}

impl Hole {
    /// The minor release that closes it, if this version is an earlier one.
    fn open_until(&self, version: Version) -> Option<u32> {
        let at = usize::try_from(version.major().checked_sub(14)?).ok()?;
        let minor = (*self.fixed.get(at)?)?;
        (version.0 % 10_000 < minor).then_some(minor)
    }
}

const fn hole(
    cve: &'static str,
    capability: Capability,
    precondition: Precondition,
    fixed: [Option<u32>; 5],
    what: &'static str,
) -> Hole {
    Hole { cve, what, capability, precondition, fixed }
}

// The releases that closed several.
const MAY_2022: [Option<u32>; 5] = [Some(3), None, None, None, None];
const AUGUST_2022: [Option<u32>; 5] = [Some(5), None, None, None, None];
const MAY_2023: [Option<u32>; 5] = [Some(8), Some(3), None, None, None];
const NOVEMBER_2023: [Option<u32>; 5] = [Some(10), Some(5), Some(1), None, None];
const FEBRUARY_2024: [Option<u32>; 5] = [Some(11), Some(6), None, None, None];
const MAY_2024: [Option<u32>; 5] = [Some(12), Some(7), Some(3), None, None];
const AUGUST_2024: [Option<u32>; 5] = [Some(13), Some(8), Some(4), None, None];
const NOVEMBER_2024: [Option<u32>; 5] = [Some(14), Some(9), Some(5), Some(1), None];
const AUGUST_2025: [Option<u32>; 5] = [Some(19), Some(14), Some(10), Some(6), None];
const NOVEMBER_2025: [Option<u32>; 5] = [Some(20), Some(15), Some(11), Some(7), Some(1)];
const FEBRUARY_2026: [Option<u32>; 5] = [Some(21), Some(16), Some(12), Some(8), Some(2)];
const MAY_2026: [Option<u32>; 5] = [Some(23), Some(18), Some(14), Some(10), Some(4)];
const MAY_2026_FROM_16: [Option<u32>; 5] = [None, None, Some(14), Some(10), Some(4)];
const AUGUST_2026: [Option<u32>; 5] = [Some(24), Some(19), Some(15), Some(11), Some(6)];

const HOLES: &[Hole] = &[
    hole(
        "CVE-2022-1552",
        Superuser,
        Victim,
        MAY_2022,
        "maintenance of somebody's table runs their functions as a superuser",
    ),
    hole(
        "CVE-2022-2625",
        Superuser,
        Victim,
        AUGUST_2022,
        "extension scripts replace objects that are not theirs",
    ),
    hole(
        "CVE-2023-2454",
        Superuser,
        Create,
        MAY_2023,
        "CREATE SCHEMA with elements escapes a protected search_path",
    ),
    hole("CVE-2023-2455", SomeData, Configuration, MAY_2023, "policies of another role apply after inlining"),
    hole(
        "CVE-2023-5869",
        OperatingSystem,
        Login,
        NOVEMBER_2023,
        "arrays overflow when they are changed: code as the server",
    ),
    hole(
        "CVE-2023-5870",
        SomeData,
        Configuration,
        NOVEMBER_2023,
        "pg_signal_backend ends workers of superusers",
    ),
    hole(
        "CVE-2024-0985",
        Superuser,
        Victim,
        FEBRUARY_2024,
        "REFRESH CONCURRENTLY runs the view owner's functions as its caller",
    ),
    hole("CVE-2024-4317", SomeData, Login, MAY_2024, "pg_stats_ext shows values of other people's tables"),
    hole(
        "CVE-2024-7348",
        Superuser,
        Victim,
        AUGUST_2024,
        "pg_dump runs functions of whoever swaps a relation in time",
    ),
    hole(
        "CVE-2024-10976",
        SomeData,
        Configuration,
        NOVEMBER_2024,
        "plans forget that policies depend on the role",
    ),
    hole(
        "CVE-2024-10978",
        SomeData,
        Configuration,
        NOVEMBER_2024,
        "SET ROLE resets to another role than it was",
    ),
    hole(
        "CVE-2024-10979",
        OperatingSystem,
        Configuration,
        NOVEMBER_2024,
        "PL/Perl sets the server's environment: code as the server",
    ),
    hole(
        "CVE-2025-8713",
        SomeData,
        Login,
        AUGUST_2025,
        "statistics show values of rows behind views and policies",
    ),
    hole(
        "CVE-2025-8715",
        OperatingSystem,
        Victim,
        AUGUST_2025,
        "names with line breaks run commands where a dump is restored",
    ),
    hole(
        "CVE-2025-12817",
        SomeData,
        Victim,
        NOVEMBER_2025,
        "CREATE STATISTICS takes names in schemas where it may not",
    ),
    hole(
        "CVE-2026-2004",
        OperatingSystem,
        Configuration,
        FEBRUARY_2026,
        "intarray runs an object creator's code as the server",
    ),
    hole(
        "CVE-2026-2005",
        OperatingSystem,
        Configuration,
        FEBRUARY_2026,
        "pgcrypto overflows: code as the server",
    ),
    hole(
        "CVE-2026-2006",
        OperatingSystem,
        Login,
        FEBRUARY_2026,
        "text in several bytes overflows: code as the server",
    ),
    hole(
        "CVE-2026-6472",
        AllWrite,
        Victim,
        MAY_2026,
        "CREATE TYPE takes a name in a schema where it may not create",
    ),
    hole(
        "CVE-2026-6473",
        OperatingSystem,
        Login,
        MAY_2026,
        "sizes wrap around: memory is written out of bounds",
    ),
    hole(
        "CVE-2026-6478",
        AllRead,
        Configuration,
        MAY_2026,
        "the time that comparing an MD5 password takes tells it",
    ),
    hole("CVE-2026-6637", OperatingSystem, Configuration, MAY_2026, "refint overflows: code as the server"),
    hole("CVE-2026-6638", AllWrite, Configuration, MAY_2026_FROM_16, "SQL injection in logical replication"),
    hole(
        "CVE-2026-6471",
        OperatingSystem,
        Configuration,
        AUGUST_2026,
        "REPLICATION loads any file as a decoding plugin",
    ),
    hole(
        "CVE-2026-14662",
        OperatingSystem,
        Login,
        AUGUST_2026,
        "tsvector and tsquery overflow: code as the server",
    ),
    hole(
        "CVE-2026-14664",
        OperatingSystem,
        Login,
        AUGUST_2026,
        "regular expressions overflow: code as the server",
    ),
    hole(
        "CVE-2026-14666",
        SomeData,
        Configuration,
        AUGUST_2026,
        "policies of a role that was changed go on in cached plans",
    ),
    hole(
        "CVE-2026-14669",
        OperatingSystem,
        Login,
        AUGUST_2026,
        "to_char overflows by a time zone's name: code as the server",
    ),
    hole(
        "CVE-2026-14680",
        OperatingSystem,
        Login,
        AUGUST_2026,
        "functions that take \"internal\" can be called: code as the server",
    ),
    hole(
        "CVE-2026-15741",
        Superuser,
        Victim,
        AUGUST_2026,
        "printing an object's definition injects its owner's SQL into dumps",
    ),
];

#[cfg(test)]
mod tests {
    use super::*;

    fn open(version: u32) -> Vec<&'static str> {
        HOLES.iter().filter(|hole| hole.open_until(Version(version)).is_some()).map(|hole| hole.cve).collect()
    }

    #[test]
    fn a_release_closes_what_it_says_and_no_more() {
        assert_eq!(open(180_006), Vec::<&str>::new());
        assert_eq!(open(150_019), Vec::<&str>::new());
        assert!(open(150_018).contains(&"CVE-2026-14680"));
        assert!(!open(150_018).contains(&"CVE-2026-6472"));
        assert!(open(160_013).contains(&"CVE-2026-6638") && !open(150_017).contains(&"CVE-2026-6638"));
        assert!(open(140_002).contains(&"CVE-2022-1552") && !open(140_003).contains(&"CVE-2022-1552"));
        assert!(open(170_000).contains(&"CVE-2024-10979") && !open(180_000).contains(&"CVE-2024-10979"));
        // A version that is not known yet has no known holes.
        assert_eq!(open(190_000), Vec::<&str>::new());
    }

    #[test]
    fn each_is_there_once() {
        let mut cves: Vec<&str> = HOLES.iter().map(|hole| hole.cve).collect();
        cves.sort_unstable();
        let count = cves.len();
        cves.dedup();
        assert_eq!(cves.len(), count);
    }
}
