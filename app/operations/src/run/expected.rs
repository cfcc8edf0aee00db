//! What the state has to be afterwards: worked out, and the plan written down, while the server executes.

use std::sync::Arc;

use pgward_catalog::catalog::Catalog;
use pgward_plan::change::Change;
use pgward_plan::saved::SealedPlan;
use pgward_plan::simulate::simulate;
use tokio::task::JoinHandle;

use crate::run::failure::RunError;
use crate::run::world::{Run, Seen, World};

/// The state that the changes lead to. Nothing may be committed before it is known.
pub(crate) struct Expected(State);

enum State {
    Working(JoinHandle<Result<Seen, RunError>>),
    Known(Box<Seen>),
    /// It has been told once that it is not to be had.
    Failed,
}

impl Expected {
    /// Begins to work it out, from what was observed.
    pub(crate) fn begin(world: &World<'_>, run: &Run<'_>, observed: &Arc<Catalog>) -> Self {
        let (observed, changes): (_, Vec<Change>) = (Arc::clone(observed), run.changes().cloned().collect());
        Self::working(world, run, move || Ok(Seen::of(simulate(&observed, &changes)?)))
    }

    /// The same where it has been worked out already: only the plan is written down.
    pub(crate) fn known(world: &World<'_>, run: &Run<'_>, after: Seen) -> Self {
        Self::working(world, run, move || Ok(after))
    }

    fn working(
        world: &World<'_>,
        run: &Run<'_>,
        after: impl FnOnce() -> Result<Seen, RunError> + Send + 'static,
    ) -> Self {
        let (journal, digest) = (world.journal.clone(), run.plan.clone());
        let kept = run.to_keep.map(SealedPlan::kept);
        Self(State::Working(tokio::task::spawn_blocking(move || {
            if let Some(text) = kept {
                journal.keep_plan(&digest, &text)?;
            }
            after()
        })))
    }

    /// Waits until it is known, and the plan is kept.
    pub(crate) async fn ready(&mut self) -> Result<&Seen, RunError> {
        if let State::Working(work) = &mut self.0 {
            let outcome = work.await;
            self.0 = State::Failed;
            let seen = outcome.map_err(|_| RunError::Interrupted)??;
            self.0 = State::Known(Box::new(seen));
        }
        match &self.0 {
            State::Known(seen) => Ok(seen),
            _ => Err(RunError::Interrupted),
        }
    }
}

/// Whether two catalogs say the same about what there is; what could not be seen is not compared, nor does it count for
/// the fingerprint, and neither does what ALTER SYSTEM sets.
pub(crate) fn says_the_same(one: &Catalog, other: &Catalog) -> bool {
    let Catalog {
        version,
        bootstrap,
        roles,
        memberships,
        settings,
        system_settings: _,
        cluster_objects,
        databases,
        unseen: _,
    } = one;
    *version == other.version
        && *bootstrap == other.bootstrap
        && *roles == other.roles
        && *memberships == other.memberships
        && *settings == other.settings
        && *cluster_objects == other.cluster_objects
        && *databases == other.databases
}
