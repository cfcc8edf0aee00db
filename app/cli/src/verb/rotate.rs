//! `pgward rotate`: another password for the desk's own login.

use pgward_lease::name::TargetName;
use pgward_operations::server_login::rotate::RotateError;

use crate::arguments::desk::Rotate;
use crate::exit::{Failure, Outcome};
use crate::output::Output;
use crate::verb::check;
use crate::verb::counter::{setup, setup_failure};

pub(crate) async fn run(asked: &Rotate, output: &mut Output) -> Result<Outcome, Failure> {
    let setup = setup(&asked.config, output)?;
    let Some(file) = check::read_valid(&setup.contract(), output)? else { return Ok(Outcome::AskedWrongly) };
    let targets = setup.targets(&file.contract).map_err(|error| setup_failure(error, output))?;
    let Some(server) = targets.get(&TargetName::from(asked.target.as_str())) else {
        let known: Vec<&str> = targets.keys().map(TargetName::as_str).collect();
        let what = format!("the desk has no target `{}`", asked.target.escape_debug());
        return Err(Failure::asked(what).hint(format!("its targets are: {}", known.join(", "))));
    };
    server.login.rotate().await.map_err(|error| match error {
        RotateError::NotOurs { .. } => Failure::asked(error.to_string()),
        error => Failure::world(&error),
    })?;
    let user = server.login.way().user();
    output.say(&format!(
        "role \"{user}\" has a new password on target `{}`; a desk that runs takes it up",
        asked.target
    ));
    Ok(Outcome::Done)
}
