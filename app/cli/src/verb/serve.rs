//! `pgward serve`: the desk.
//!
//! - [`stand`]: what a desk stands on, from its file
//! - [`dev`]: or made for one run

mod dev;
mod stand;

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use pgward_catalog::name::RoleName;
use pgward_contract::model::access::Behind as Written;
use pgward_contract::model::tier::Tier;
use pgward_contract::pattern::object::ObjectPattern;
use pgward_contract::pattern::routine::RoutinePattern;
use pgward_desk::Desk;
use pgward_desk::accounts::write_down;
use pgward_desk::announce::announce;
use pgward_desk::cleared::left_running;
use pgward_desk::decision::Ledger;
use pgward_desk::desk::Parts;
use pgward_desk::ground::Ground;
use pgward_desk::hold::{Holds, Once};
use pgward_desk::holder::Holder;
use pgward_desk::lent::Lent;
use pgward_desk::limit::Bounds;
use pgward_desk::lookout::{Lookout, work};
use pgward_desk::outside::Outside;
use pgward_desk::owed::Owed;
use pgward_desk::presence::Presence;
use pgward_desk::recorder::Recorder;
use pgward_desk::register::Register;
use pgward_desk::standby::{Behind, Standby};
use pgward_desk::suspect::Rules;
use pgward_desk::voice::Voice;
use pgward_lease::name::{TargetName, TierName};
use pgward_lease::policy::{Policy, Target};
use pgward_operations::borrow;
use pgward_operations::contract_file::ContractFile;
use pgward_operations::desk_setup::TargetServer;
use pgward_operations::lend::{Lending, Shares};
use pgward_operations::server_login::ServerLogin;
use pgward_postgres::judging::named::doubts;
use pgward_postgres::lease_role::ability::ability;
use pgward_secrets::random_bytes;
use pgward_statement::view::{Resets, View};
use pgward_store::database::Place;
use pgward_store::leases::Leases;
use pgward_store::ledger::Opening;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::mpsc;
use tokio::task::JoinSet;
use tokio::time::timeout;

use crate::arguments::Connection;
use crate::arguments::desk::Serve;
use crate::exit::{Failure, Outcome};
use crate::output::{Output, write_talk};
use crate::verb::check;
use crate::verb::serve::dev::Trial;
use crate::verb::serve::stand::Stand;

pub(crate) fn run(asked: &Serve, at: &Connection, output: &mut Output) -> Result<Outcome, Failure> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    let runtime = runtime.map_err(|error| Failure::world(&error))?;
    match (&asked.config, &asked.contract) {
        (_, Some(contract)) => {
            let Some(file) = check::read_valid(contract, output)? else { return Ok(Outcome::AskedWrongly) };
            let trial = Trial::set(asked, contract)?;
            let stand = trial.stand(&file, at, output)?;
            runtime.block_on(serve(stand, &file, Some(&trial), output))
        }
        (Some(config), None) => configured(config, &runtime, output),
        (None, None) => Err(Failure::asked("a desk needs its file").hint("name it: --config FILE")),
    }
}

fn configured(
    config: &Path,
    runtime: &tokio::runtime::Runtime,
    output: &mut Output,
) -> Result<Outcome, Failure> {
    let setup = crate::verb::counter::setup(config, output)?;
    let Some(file) = check::read_valid(&setup.contract(), output)? else { return Ok(Outcome::AskedWrongly) };
    let stand = Stand::of(&setup, &file, output)?;
    runtime.block_on(serve(stand, &file, None, output))
}

async fn serve(
    stand: Stand,
    file: &ContractFile,
    trial: Option<&Trial>,
    output: &mut Output,
) -> Result<Outcome, Failure> {
    let policy = borrow::policy(&file.contract, BTreeMap::new());
    let policy = policy.map_err(|error| Failure::asked(error.to_string()))?;
    let Stand { listen, identity, place, secret, targets, ledger, witnesses, durability, ways } = stand;
    let leases = Leases::open(&place).await.map_err(|error| Failure::world(&error))?;
    let logins = logins(&targets);
    for login in &logins {
        // Whatever is missing is said below.
        let _ = login.settings().await;
    }
    for lack in lacking(&targets, &policy, file).await {
        output.insist(&lack);
    }
    let servers = targets.iter().map(|(name, server)| (name.clone(), Arc::clone(&server.login))).collect();
    let grounds = grounds(targets, file, &policy)?;
    let rules = policy.holds.clone();
    let (holder, keeper) = Holder::new(place.clone(), policy.clone());
    let recorder = Recorder::open(&ledger, Opening { witnesses, ..Opening::default() }, durability);
    let recorder = recorder.map_err(|error| Failure::world(&error))?.naming(&answered_for(&policy));
    let ledger = Arc::new(recorder);
    let lent = Arc::new(Lent::default());
    let register = Arc::new(Register::default());
    let parts = Parts {
        leases: lent.clone(),
        ledger: ledger.clone(),
        identity,
        secret: secret.duplicate(),
        bounds: Bounds::default(),
        register: Arc::clone(&register),
    };
    let desk = Desk::listen(listen, parts).await.map_err(|error| Failure::world(&error))?;
    if let Some(trial) = trial {
        trial.open(desk.address(), &policy, output).await?;
    }

    let say: Voice = Arc::new(write_talk);
    let (orders, ordered) = mpsc::unbounded_channel();
    let (end, endings) = mpsc::unbounded_channel();
    let lent_on = policy.clone();
    let mut lending = Lending { leases, policy, servers, secret: secret.duplicate() };
    end_strays(&mut lending, &place, &*ledger, output).await;
    let working = tokio::spawn(work(lending, ordered, endings, ledger.clone(), Arc::clone(&say)));
    let mut watching = JoinSet::new();
    for login in logins.iter().map(Arc::clone) {
        let say = Arc::clone(&say);
        watching.spawn(async move { login.keep(&*say).await });
    }
    for ground in grounds.values().map(Arc::clone) {
        // Whoever comes in first finds that the catalog is known, if the server can be reached.
        let looking = ground.look_first(&*say).await;
        let say = Arc::clone(&say);
        watching.spawn(async move { ground.keep_looking(looking, &*say).await });
    }
    let name = u64::from_ne_bytes(random_bytes().map_err(|error| Failure::world(&error))?);
    for (target, ground) in &grounds {
        let outside = Outside {
            target: target.clone(),
            login: Arc::clone(&ground.login),
            place: place.clone(),
            lent: Arc::clone(&lent),
            register: Arc::clone(&register),
            ledger: ledger.clone(),
            end: end.clone(),
            say: Arc::clone(&say),
        };
        watching.spawn(async move { outside.watch().await });
    }
    let presence = Presence {
        place: place.clone(),
        register,
        desk: format!("{name:016x}"),
        ledger: ledger.clone(),
        say: Arc::clone(&say),
    };
    watching.spawn(async move { presence.keep().await });
    watching.spawn(write_down(place.clone(), ledger.clone()));
    let holder = Arc::new(holder);
    let once: Arc<dyn Once> = Arc::clone(&holder) as Arc<dyn Once>;
    let holds = (!rules.is_empty()).then_some(holder as Arc<dyn Holds>);
    watching.spawn(keeper.keep(Arc::clone(&say)));
    let (news, told) = mpsc::unbounded_channel();
    let telling =
        tokio::spawn(announce(ways, told, Arc::clone(&ledger) as Arc<dyn Ledger>, Arc::clone(&say)));
    let ledger = Owed::to(ledger, Arc::clone(&say));
    let lookout =
        Lookout { place, lent, grounds, rules, holds, once, news, secret, ledger, work: orders, say };
    watching.spawn(async move { lookout.watch().await });

    let mut terminate = signal(SignalKind::terminate()).map_err(|error| Failure::world(&error))?;
    output.say(&listening(desk.address()));
    desk.run(async {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = tokio::signal::ctrl_c() => {}
        }
    })
    .await;
    if let Some(trial) = trial {
        trial.close(&lent_on, output).await?;
    }
    // With the lookout goes who could order more; what was ordered is done.
    watching.shutdown().await;
    working.await.map_err(|error| Failure::world(&error))?;
    telling.await.map_err(|error| Failure::world(&error))?;
    for login in &logins {
        login.give_back().await;
    }
    Ok(Outcome::Done)
}

/// Ends what a desk that was killed has left running, before anybody is let in.
async fn end_strays(lending: &mut Lending, place: &Place, ledger: &dyn Ledger, output: &mut Output) {
    let shares = match place {
        Place::Sqlite(_) => Shares::Nobody,
        Place::Postgres(_) => Shares::Desks,
    };
    match timeout(STRAYS_MAX, lending.end_strays(shares, Timestamp::now())).await {
        Ok(Ok(ended)) => {
            for (role, count) in ended {
                ledger.happened(vec![left_running(role.as_str(), count)]);
                output.insist(&format!(
                    "{count} sessions of role \"{role}\" were left by a desk that had died, and were ended"
                ));
            }
        }
        Ok(Err(error)) => {
            output.insist(&format!("what a desk before may have left was not looked for: {error}"))
        }
        Err(_) => {
            output.insist("what a desk before may have left was not looked for: a server did not answer")
        }
    }
}

/// The humans who answer for programs.
fn answered_for(policy: &Policy) -> BTreeMap<String, String> {
    let people = policy.directory.people().map(|(person, _)| (person, policy.directory.behind(person)));
    let programs = people.filter(|(person, behind)| person != behind);
    programs.map(|(program, human)| (program.to_string(), human.to_string())).collect()
}

/// What the desk's logins lack to make the roles of leases, with the way out, and what speaks against functions that are named harmless. Nothing is lent where something is missing, and the desk
/// begins: whoever runs it may mend it while it runs.
async fn lacking(
    targets: &BTreeMap<TargetName, TargetServer>,
    policy: &Policy,
    file: &ContractFile,
) -> Vec<String> {
    let mut lacking = Vec::new();
    for (name, server) in targets {
        let Some(target) = policy.targets.get(name) else { continue };
        let lent: Vec<RoleName> =
            policy.tiers.keys().map(|tier| RoleName::from(target.role_of(tier).as_str())).collect();
        // That a server cannot be reached is said when its catalog is read.
        let Ok(session) = server.login.connect().await else { continue };
        let user = &session.facts().current_user;
        match ability(&session, &lent).await {
            Ok(found) => lacking.extend(
                found
                    .lacks
                    .into_iter()
                    .map(|lack| format!("target `{name}`: the desk's login \"{user}\" cannot lend: {lack}")),
            ),
            Err(error) => lacking.push(format!("target `{name}`: {error}")),
        }
        match doubts(session.client(), &named_functions(file, name)).await {
            Ok(found) => lacking.extend(found.into_iter().map(|doubt| format!("target `{name}`: {doubt}"))),
            Err(error) => lacking.push(format!("target `{name}`: {error}")),
        }
    }
    lacking
}

/// Every login that the desk has, of replicas, too.
fn logins(targets: &BTreeMap<TargetName, TargetServer>) -> Vec<Arc<ServerLogin>> {
    let replicas = targets.values().filter_map(|server| server.replica.as_ref().map(|(_, login)| login));
    targets.values().map(|server| &server.login).chain(replicas).map(Arc::clone).collect()
}

fn listening(address: SocketAddr) -> String {
    format!("the desk listens on {address}")
}

/// The targets as sessions find them.
fn grounds(
    targets: BTreeMap<TargetName, TargetServer>,
    file: &ContractFile,
    policy: &Policy,
) -> Result<BTreeMap<TargetName, Arc<Ground>>, Failure> {
    let seed = u64::from_ne_bytes(random_bytes().map_err(|error| Failure::world(&error))?);
    let limited = limited_tables(file);
    let grounds = targets.into_iter().map(|(name, server)| {
        let lent = policy.targets.get(&name);
        let tiers = Tier::ALL.iter().map(|tier| TierName::from(tier.word()));
        let mut own_roles: Vec<String> =
            lent.into_iter().flat_map(|target| tiers.clone().map(|tier| target.role_of(&tier))).collect();
        own_roles.extend(server.login.roles().iter().map(|role| role.as_str().to_owned()));
        let known = View {
            search_path: server.search_path.clone(),
            own_roles,
            limited_tables: limited.clone(),
            named_functions: named_functions(file, &name),
            resets: Resets::BackToPins,
            ..View::built_in()
        };
        let has_rules = Rules::on(&name, &policy.holds).is_some();
        let standby = standby(&server, file, &name, lent);
        let ground = Ground::new(server.login, known, seed).with_rules(has_rules);
        (name, Arc::new(ground.with_standby(standby)))
    });
    Ok(grounds.collect())
}

/// The replica where the reading of a target is sent, as the contract says.
fn standby(
    server: &TargetServer,
    file: &ContractFile,
    name: &TargetName,
    lent: Option<&Target>,
) -> Option<Standby> {
    let (replica, login) = server.replica.as_ref()?;
    let targets = file.contract.access.iter().flat_map(|access| access.targets.iter());
    let written =
        targets.filter(|(known, _)| known.value.as_str() == name.as_str()).map(|(_, target)| target);
    let behind = match written.map(|target| target.value.behind()).next() {
        Some(Written::Primary) => Behind::Primary,
        Some(Written::Refuse) | None => Behind::Refuse,
    };
    let lag = lent.and_then(|target| target.lag);
    Some(Standby::new(replica, Arc::clone(login), Arc::clone(&server.login), lag, behind))
}

/// The functions that the contract lets every tier call on a target.
fn named_functions(file: &ContractFile, target: &TargetName) -> Vec<RoutinePattern> {
    let access = file.contract.access.as_ref();
    let targets = access.into_iter().flat_map(|access| access.targets.iter());
    let named = targets.filter(|(name, _)| name.value.as_str() == target.as_str());
    named.flat_map(|(_, target)| target.value.named_functions.iter().map(|one| one.value.clone())).collect()
}

/// The tables whose rows read_limited_write changes; none listed is every table that its role may change.
fn limited_tables(file: &ContractFile) -> Option<Vec<ObjectPattern>> {
    let access = file.contract.access.as_ref()?;
    let (_, terms) = access.tiers.iter().find(|(tier, _)| tier.value == Tier::ReadLimitedWrite)?;
    let tables: Vec<_> = terms.value.tables.iter().map(|table| table.value.clone()).collect();
    (!tables.is_empty()).then_some(tables)
}

/// How long ending what a desk before has left may keep this one from letting anybody in.
const STRAYS_MAX: Duration = Duration::from_secs(10);
