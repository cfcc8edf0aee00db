use pgward_catalog::name::{DatabaseName, RoleName};
use pgward_catalog::object::Origin;

use crate::finding::{Findings, Subject};
use crate::reference::Reference;
use crate::rule::{Case, FixWorks, Needs, Rule, Versions};
use crate::severity::{Capability, Precondition};
use crate::study::Study;
use crate::study::mending::change_owner;
use pgward_survey::anatomy::CronJob;
use pgward_survey::sight::Sight;

pub(super) const RULE: Rule = Rule {
    id: "job.pg_cron_owner",
    title: "a scheduled job runs a routine that a weaker role may rewrite",
    capability: Capability::Superuser,
    precondition: Precondition::Login,
    versions: Versions::ALL,
    sees: &[Sight::CronJobs],
    references: &[
        Reference::page("perm-functions", "Function Security"),
        Reference::nist("AC-6(8)", "Least Privilege | Privilege Levels for Code Execution"),
        Reference::iso("A.8.2", "Privileged access rights"),
        Reference::soc2("CC6.3", "Access is authorised, modified and removed by role and least privilege"),
    ],
    explanation: "pg_cron runs the command as the job's role, by itself, again and again. Whoever owns a routine that the command \
names needs only to rewrite it and wait. Let the routine belong to the job's role, or the job to the routine's owner. The \
words of the command are read: calls by name are seen.",
    check,
    cases: &[Case {
        shows: "a superuser's job that calls a login's function, and one that calls its own",
        versions: Versions::ALL,
        flawed: "CREATE ROLE job_pg_cron_owner_app LOGIN; CREATE ROLE job_pg_cron_owner_root NOLOGIN SUPERUSER; CREATE SCHEMA job_pg_cron_owner;
CREATE FUNCTION job_pg_cron_owner.tidy() RETURNS int LANGUAGE sql AS 'SELECT 1';
ALTER FUNCTION job_pg_cron_owner.tidy() OWNER TO job_pg_cron_owner_app;
CREATE FUNCTION job_pg_cron_owner.own() RETURNS int LANGUAGE sql AS 'SELECT 1';
ALTER FUNCTION job_pg_cron_owner.own() OWNER TO job_pg_cron_owner_root;",
        finds: &[("function job_pg_cron_owner.tidy() in database audited", "job_pg_cron_owner_app")],
        sound: "SELECT 2;",
        fix: FixWorks::CannotRun("pg_cron is not part of PostgreSQL: the job is put into what was surveyed"),
        needs: Needs::Survey {
            flawed: |survey| schedule(survey, "SELECT job_pg_cron_owner.tidy()"),
            sound: |survey| schedule(survey, "SELECT job_pg_cron_owner.own() -- job_pg_cron_owner.tidy()"),
        },
    }],
};

fn check(study: &Study<'_>, findings: &mut Findings) {
    let jobs = study.databases().flat_map(|(_, _, anatomy)| anatomy.jobs.iter());
    for job in jobs.filter(|job| job.active) {
        let Some(routines) = study.routines(&job.database) else { continue };
        let path = study.search_path_of(&job.role, &job.database).schemas(Some(&job.role));
        for (key, object) in routines.called(&job.command, Some(&path)) {
            if object.origin != Origin::User {
                continue;
            }
            let Some(login) = study.gainer(&object.owner, &job.role) else { continue };
            let message = format!(
                "job {} runs {key}, which role {} may rewrite, as role {}",
                job.number,
                object.owner.quoted(),
                job.role.quoted()
            );
            let at = pgward_catalog::object::ObjectRef::within(&job.database, key.clone());
            let finding = findings
                .add(
                    Subject::object(at),
                    Some(object.owner.clone().into()),
                    message,
                    change_owner(key, &job.role),
                )
                .reaching(study.power_of(&job.role), Precondition::Login);
            finding.shown_by(format!("cron.job {} names it", job.number));
            if *login != object.owner {
                finding.shown_by(study.way_in_words(login, &object.owner));
            }
        }
    }
}

/// The job of a case.
fn schedule(survey: &mut pgward_survey::Survey, command: &str) {
    let database = DatabaseName::from("audited");
    let job = CronJob {
        number: 1,
        role: RoleName::from("job_pg_cron_owner_root"),
        database: database.clone(),
        active: true,
        command: command.to_owned(),
    };
    if let Some(anatomy) = survey.databases.get_mut(&database) {
        anatomy.jobs.push(job);
    }
}
