//! Who must agree, and when nobody has to.

use crate::form::collection::OneOrMany;
use crate::form::record::record;
use crate::form::scalar::Whole;
use crate::model::tier::Tier;
use crate::name::Name;
use crate::source::span::Spanned;
use crate::time::Length;

record! {
    /// One step of an approval. Just the name of a group stands for one of its members.
    pub struct Step is "an approval step" or just any {
        /// Groups of which somebody must agree. `manager` is the manager of who asks.
        /// Example: `[ciso, dba]`
        any: Option<OneOrMany<Spanned<Name>>>,
        /// Groups of which each must agree, by a person of its own.
        /// Example: `[ciso, dba]`
        all: Option<OneOrMany<Spanned<Name>>>,
        /// How many different people of `any` must agree.
        count: Whole<1, 20> = Whole(1),
        /// How long the step waits.
        within: Length = Length::of_seconds(86_400),
        /// Groups that may agree as well once that time is over, which then starts again, once. Without it the request is
        /// refused when the time is over.
        /// Example: `[cto]`
        escalate: Vec<Spanned<Name>>,
    }
}

record! {
    /// Access in an emergency: given at once, announced at once, looked at afterwards.
    pub struct Emergency is "access in an emergency" {
        /// The groups that may take it.
        /// Example: `[oncall]`
        who: OneOrMany<Spanned<Name>>,
        /// The tiers that can be taken.
        /// Example: `[admin]`
        tiers: OneOrMany<Spanned<Tier>>,
        /// How long it lasts at most. It cannot be extended.
        /// Example: `30m`
        max: Spanned<Length>,
        /// The groups that are told, besides those who review it.
        tell: Vec<Spanned<Name>>,
        /// The groups of which somebody else must look at it afterwards.
        /// Example: `[ciso]`
        review: OneOrMany<Spanned<Name>>,
        /// How long they have for that. After it, it shows red until somebody does.
        within: Length = Length::of_seconds(86_400),
        /// How many characters the reason must have.
        reason: Whole<1, 500> = Whole(20),
    }
}
