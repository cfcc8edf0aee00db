//! What can be borrowed for a while, and who must agree.

use pgward_catalog::role::LENT_PREFIX;

use crate::form::collection::{Map, OneOrMany};
use crate::form::record::record;
use crate::form::scalar::Whole;
use crate::form::word::words;
use crate::model::hold::Hold;
use crate::model::lent::{Emergency, Step};
use crate::model::tier::Tier;
use crate::name::{DatabaseName, Name, RoleName};
use crate::pattern::object::ObjectPattern;
use crate::pattern::routine::RoutinePattern;
use crate::source::span::Spanned;
use crate::text::Words;
use crate::time::{Length, Until};

record! {
    /// What people and agents can borrow for a while.
    pub struct Access is "access": Default {
        /// The databases it can be borrowed on, by the names borrowers know.
        targets: Map<Name, Spanned<Target>>,
        /// What can be borrowed, on which terms.
        tiers: Map<Tier, Spanned<Terms>>,
        /// Those who borrow and agree. More are known to the desk from its accounts and from single sign-on.
        people: Map<Name, Spanned<Person>>,
        /// Groups of people. Once one is declared, every group that is named must be; a group whose members only single
        /// sign-on knows is `[]`.
        /// Example: `{ciso: [carol], dba: [dan, dora]}`
        groups: Map<Name, Vec<Spanned<Name>>>,
        /// Who decides for whom, and how long.
        delegations: Vec<Spanned<Delegation>>,
        /// Groups whose members may end any lease, besides those who may agree to it.
        /// Example: `[security]`
        revoke: Vec<Spanned<Name>>,
        /// Access in an emergency, without asking first. Without it there is none.
        emergency: Option<Spanned<Emergency>>,
        /// Statements that wait for a human, by the name of the rule.
        holds: Map<Name, Spanned<Hold>>,
    }
}

record! {
    /// A database that access can be borrowed on.
    pub struct Target is "a target" {
        /// The database.
        database: Spanned<DatabaseName>,
        /// What the names of the roles start with whose privileges are lent: `pgward_` stands for `pgward_read_only` and the
        /// other tiers, as the preset `desk_tiers` makes them.
        /// Example: `orders_`
        role_prefix: Name = Name(LENT_PREFIX.to_owned()),
        /// Functions of your own that every tier may call, and policies and views may run, whatever the catalog shows: by name, with any
        /// arguments. Who names one answers for it: it must only read, for whoever calls it.
        /// Example: `[app.tenant_id]`
        named_functions: Vec<Spanned<RoutinePattern>>,
        /// The replica where read-only access is sent instead, by its name among the desk's `replicas`. A session begins there as soon
        /// as the lease's role has arrived.
        /// Example: `reports`
        read_only_via: Option<Spanned<Name>>,
        /// How far a replica may be behind before nothing is lent on it.
        /// Example: `30s`
        lag: Option<Spanned<Length>>,
        /// What is done while a replica is too far behind, cannot be reached, or nobody can tell.
        behind: Behind = Behind::Refuse,
    }
}

words! {
    /// What is done with sessions while a replica is too far behind.
    pub enum Behind is "what is done while a replica is behind" {
        /// They are refused, with the reason.
        Refuse = "refuse",
        /// They go to the primary.
        Primary = "primary",
    }
}

/// How many sessions a lease may have at once.
pub type LeaseConnections = Whole<1, 1_000>;

record! {
    /// The terms on which a tier is lent.
    pub struct Terms is "terms" {
        /// How long it is lent if nobody says otherwise.
        /// Example: `1h`
        ttl: Spanned<Length>,
        /// How long it can be lent at most, extensions included.
        /// Example: `8h`
        max: Spanned<Length>,
        /// The steps of its approval, in this order: a group, or a step with more to say. `manager` is the manager of who
        /// asks; `auto` agrees by itself. Nobody agrees to what they asked for, and everybody counts once.
        /// Example: `[manager, {all: [ciso, dba], within: 2h}]`
        approval: Vec<Spanned<Step>>,
        /// The groups that may ask. Without it, everybody the desk knows.
        /// Example: `[developers]`
        who: Vec<Spanned<Name>>,
        /// Requests that need nobody's approval.
        automatic: Vec<Spanned<Automatic>>,
        /// The tables whose rows can be changed, for a tier with limited writes.
        tables: Vec<Spanned<ObjectPattern>>,
        /// How many sessions a lease may have at once.
        connections: LeaseConnections = Whole(5),
        /// How long a statement may take. Without it, as long as the server lets it.
        /// Example: `5m`
        statement_timeout: Option<Spanned<Length>>,
        /// How long a transaction may stand idle.
        idle_in_transaction: Length = Length::of_seconds(300),
        /// The role that owns from its end on what a lease made and left behind. Without it such a lease cannot be cleared
        /// away: its role stays, without a login, and shows.
        /// Example: `shop_owner`
        owner: Option<Spanned<RoleName>>,
    }
}

record! {
    /// Requests that need nobody's approval: by these groups, for so long.
    pub struct Automatic is "an automatic rule" {
        /// The groups whose requests it is about.
        /// Example: `[oncall]`
        r#for: OneOrMany<Spanned<Name>>,
        /// The longest lease that is given without asking. Without it, the tier's `ttl`.
        /// Example: `30m`
        up_to: Option<Spanned<Length>>,
    }
}

words! {
    /// What stands behind a name.
    pub enum PersonKind is "a kind of person" {
        /// A human.
        Human = "human",
        /// A program.
        Machine = "machine",
        /// A program that decides by itself.
        Agent = "agent",
    }
}

record! {
    /// Somebody who borrows or agrees.
    pub struct Person is "a person": Default {
        /// What it is. Only humans agree to requests.
        kind: PersonKind = PersonKind::Human,
        /// Other names of the same person, such as mail addresses.
        /// Example: `[ada@example.com]`
        also: Vec<Spanned<Words>>,
        /// Who manages them.
        /// Example: `grace`
        manager: Option<Spanned<Name>>,
        /// The human who answers for a machine or an agent. What it asks for counts as asked by them.
        /// Example: `ada`
        responsible: Option<Spanned<Name>>,
    }
}

record! {
    /// For a while, somebody decides for somebody else: both count as having decided.
    pub struct Delegation is "a delegation" {
        /// Who is away.
        from: Spanned<Name>,
        /// Who decides instead.
        to: Spanned<Name>,
        /// From when on. Without it, at once.
        /// Example: `2026-12-20T00:00:00Z`
        since: Option<Spanned<Until>>,
        /// Until when.
        /// Example: `2027-01-07T00:00:00Z`
        until: Spanned<Until>,
    }
}
