//! Judging a text once: what was judged is known until the catalog changes.

use std::collections::HashMap;
use std::hash::BuildHasher;
use std::sync::{Arc, Mutex, PoisonError, RwLock};

use foldhash::quality::FixedState;

use crate::class::Class;
use crate::judge::{Bounds, judge, judge_for};
use crate::judgement::{Denial, Judgement, NOT_ALLOWED, Reason};
use crate::made::Own;
use crate::view::View;
use pgward_contract::model::tier::Tier;

/// A judge for one database that remembers what it judged. Threads share it.
#[derive(Debug)]
pub struct Judge {
    bounds: Bounds,
    ground: RwLock<Ground>,
    shards: Vec<Mutex<Shard>>,
    hasher: FixedState,
}

/// What judgements stand on. A judgement of an earlier generation is not used any more.
#[derive(Debug, Clone)]
struct Ground {
    generation: u64,
    view: Arc<View>,
}

/// What was asked once stays for a short while: most texts with values in them never come again, and to keep each of them for long would have
/// all memory that judgements may take gone through, over and over. What is asked again is remembered, also when that comes later: a few
/// bytes of each text that has left tell that it was there.
///
/// Half of what is remembered is young: when the young fill their half, they become the old, and the old that were not
/// asked for since are forgotten.
#[derive(Debug, Default)]
struct Shard {
    once: HashMap<u64, Known, FixedState>,
    once_bytes: usize,
    /// The hashes of what was asked once, each in the place that it has.
    seen: Vec<u64>,
    young: HashMap<u64, Known, FixedState>,
    old: HashMap<u64, Known, FixedState>,
    young_bytes: usize,
}

/// A judgement with all of its question: two texts of one hash are never taken for each other.
#[derive(Debug, Clone)]
struct Known {
    generation: u64,
    tier: Tier,
    sql: Arc<str>,
    judgement: Arc<Judgement>,
}

impl Judge {
    /// A judge that knows `view`. `seed` is a random number, so that nobody can choose texts whose hashes collide.
    #[must_use]
    pub fn new(view: View, bounds: Bounds, seed: u64) -> Self {
        Self {
            bounds,
            ground: RwLock::new(Ground { generation: 0, view: Arc::new(view) }),
            shards: (0..SHARDS).map(|_| Mutex::default()).collect(),
            hasher: FixedState::with_seed(seed),
        }
    }

    /// Takes a new view of the catalog; nothing that was judged with the one before is used again.
    pub fn learn(&self, view: View) {
        let mut ground = self.ground.write().unwrap_or_else(PoisonError::into_inner);
        *ground = Ground { generation: ground.generation + 1, view: Arc::new(view) };
    }

    /// What is known of the database now.
    #[must_use]
    pub fn view(&self) -> Arc<View> {
        Arc::clone(&self.ground.read().unwrap_or_else(PoisonError::into_inner).view)
    }

    /// Whether `tier` may run `sql`; the same as [`judge`], at once if it was asked before.
    #[must_use]
    pub fn judge(&self, sql: &str, tier: Tier) -> Arc<Judgement> {
        let ground = self.ground.read().unwrap_or_else(PoisonError::into_inner).clone();
        let hash = self.hasher.hash_one((tier, sql));
        let place = usize::try_from(hash >> 32).unwrap_or(0) % SHARDS;
        let Some(shard) = self.shards.get(place) else {
            return Arc::new(judge(sql, tier, &ground.view, &self.bounds));
        };
        let is_it =
            |known: &Known| known.generation == ground.generation && known.tier == tier && &*known.sql == sql;
        if let Some(known) = locked(shard).recall(hash, is_it, self.bounds.remembered / SHARDS) {
            return known;
        }
        // Two sessions may judge the same text at once; they come to the same judgement.
        let judgement = Arc::new(judge(sql, tier, &ground.view, &self.bounds));
        let known =
            Known { generation: ground.generation, tier, sql: sql.into(), judgement: Arc::clone(&judgement) };
        locked(shard).meet(hash, known, self.bounds.remembered / SHARDS);
        judgement
    }
}

impl Judge {
    /// Whether `tier` may run `sql` in a session of which this holds. It is not remembered: it holds for this session alone.
    #[must_use]
    pub fn judge_for(&self, sql: &str, tier: Tier, own: Own<'_>) -> Judgement {
        judge_for(sql, tier, &self.view(), own, &self.bounds)
    }

    /// What speaks against preparing a statement with parameters of the types with these OIDs. A value becomes one of them when
    /// it is bound, and what hangs on a type runs as it does where a text names it.
    #[must_use]
    pub fn parameters(&self, types: &[u32], tier: Tier) -> Option<Denial> {
        if types.iter().all(|oid| *oid < FIRST_OID) {
            return None;
        }
        let class = Class::CallUnreviewed;
        let view = self.view();
        let is_fine = |oid: &u32| *oid < FIRST_OID || view.harmless_types.contains(oid);
        let oid = types.iter().find(|oid| !is_fine(oid))?;
        if class.least().is_some_and(|least| least <= tier) {
            return None;
        }
        let what = format!("a parameter of the type with OID {oid}");
        let why =
            "the catalog does not show that what making or using a value of it runs only reads".to_owned();
        let reason = Reason { class, at: 0, what, why: Some(why), least: class.least() };
        Some(Denial { tier, sqlstate: NOT_ALLOWED, least: class.least(), because: vec![reason] })
    }
}

impl Shard {
    fn recall(&mut self, hash: u64, is_it: impl Fn(&Known) -> bool, room: usize) -> Option<Arc<Judgement>> {
        if let Some(known) = self.young.get(&hash) {
            return is_it(known).then(|| Arc::clone(&known.judgement));
        }
        let known = match self.once.get(&hash).filter(|known| is_it(known)).cloned() {
            Some(known) => known,
            None => self.old.get(&hash).filter(|known| is_it(known)).cloned()?,
        };
        let judgement = Arc::clone(&known.judgement);
        self.remember(hash, known, room);
        Some(judgement)
    }

    /// Keeps what was not known.
    fn meet(&mut self, hash: u64, known: Known, room: usize) {
        let bytes = known.bytes();
        if self.has_seen(hash) || bytes > room / ONCE_PART / 4 {
            return self.remember(hash, known, room);
        }
        if self.once_bytes + bytes > room / ONCE_PART {
            self.once.clear();
            self.once_bytes = 0;
        }
        self.once_bytes += bytes;
        self.once.insert(hash, known);
    }

    /// Whether this was asked before, as far as that is still to be told; from now on it was.
    fn has_seen(&mut self, hash: u64) -> bool {
        if self.seen.is_empty() {
            self.seen = vec![0; SEEN];
        }
        let place = usize::try_from(hash).unwrap_or(0) % SEEN;
        self.seen.get_mut(place).is_some_and(|seen| std::mem::replace(seen, hash) == hash)
    }

    fn remember(&mut self, hash: u64, known: Known, room: usize) {
        let bytes = known.bytes();
        if bytes > room / 4 {
            return; // one long text does not push out all others
        }
        self.young_bytes += bytes;
        if let Some(before) = self.young.insert(hash, known) {
            self.young_bytes = self.young_bytes.saturating_sub(before.bytes());
        }
        if self.young_bytes > room / 2 {
            self.old = std::mem::take(&mut self.young);
            self.young_bytes = 0;
        }
    }
}

impl Known {
    /// About what it takes.
    fn bytes(&self) -> usize {
        KNOWN_BYTES + self.sql.len() + self.judgement.bytes()
    }
}

/// A poisoned shard holds nothing half-written: each of its changes is one insertion.
fn locked(shard: &Mutex<Shard>) -> std::sync::MutexGuard<'_, Shard> {
    shard.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The first OID that is not PostgreSQL's own.
const FIRST_OID: u32 = 16_384;

/// Locks that sessions contend for.
const SHARDS: usize = 16;

/// The part of the room that is for what was asked once.
const ONCE_PART: usize = 32;

/// So many texts that were asked once are told from new ones.
const SEEN: usize = 4_096;

/// What a known judgement takes beside its texts.
const KNOWN_BYTES: usize = 512;

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]

    use super::*;
    use crate::view::{Code, QualifiedName};

    fn judging(remembered: usize) -> Judge {
        Judge::new(View::built_in(), Bounds { remembered, ..Bounds::default() }, 7)
    }

    #[test]
    fn a_text_is_judged_once() {
        let judge = judging(1 << 20);
        let first = judge.judge("SELECT 1", Tier::ReadOnly);
        assert!(Arc::ptr_eq(&first, &judge.judge("SELECT 1", Tier::ReadOnly)));
    }

    #[test]
    fn a_text_that_comes_again_is_remembered_and_others_pass() {
        let judge = judging(SHARDS * ONCE_PART * 16 * KNOWN_BYTES);
        let ask = |text: &str| judge.judge(text, Tier::ReadOnly);
        let others = || (0..1_000).for_each(|nth| drop(ask(&format!("SELECT {nth}"))));
        let first = ask("TABLE t");
        others();
        let second = ask("TABLE t");
        assert!(!Arc::ptr_eq(&first, &second), "1 000 others have passed");
        others();
        assert!(Arc::ptr_eq(&second, &ask("TABLE t")));
    }

    #[test]
    fn tiers_are_not_taken_for_each_other() {
        let judge = judging(1 << 20);
        assert!(judge.judge("DELETE FROM t", Tier::ReadLimitedWrite).is_allowed());
        assert!(!judge.judge("DELETE FROM t", Tier::ReadOnly).is_allowed());
        assert!(judge.judge("DELETE FROM t", Tier::ReadLimitedWrite).is_allowed());
    }

    #[test]
    fn what_the_catalog_shows_counts_from_the_moment_it_is_learnt() {
        let judge = judging(1 << 20);
        assert!(!judge.judge("SELECT f(1)", Tier::ReadOnly).is_allowed());
        let mut view = View::built_in();
        view.functions.insert(QualifiedName::new("public", "f"), Code::Harmless);
        judge.learn(view.clone());
        assert!(judge.judge("SELECT f(1)", Tier::ReadOnly).is_allowed());
        view.functions.insert(QualifiedName::new("public", "f"), Code::NotShownHarmless);
        judge.learn(view);
        assert!(!judge.judge("SELECT f(1)", Tier::ReadOnly).is_allowed());
    }

    #[test]
    fn a_type_that_a_message_names_by_its_oid_is_looked_at() {
        let judge = judging(1 << 20);
        assert!(judge.parameters(&[0, 23, FIRST_OID - 1], Tier::ReadOnly).is_none());
        let denial = judge.parameters(&[23, 20_000], Tier::ReadLimitedWrite).unwrap();
        assert_eq!((denial.sqlstate, denial.least), (NOT_ALLOWED, Some(Tier::Admin)));
        assert!(judge.parameters(&[20_000], Tier::Admin).is_none());
        let view = View { harmless_types: [20_000].into(), ..View::built_in() };
        judge.learn(view);
        assert!(judge.parameters(&[20_000], Tier::ReadOnly).is_none());
        assert!(judge.parameters(&[20_000, 20_001], Tier::ReadOnly).is_some());
    }

    #[test]
    fn what_is_remembered_stays_within_its_bound() {
        let judge = judging(SHARDS * 64 * KNOWN_BYTES);
        for nth in 0..10_000 {
            let text = format!("SELECT {nth}");
            let _ = (judge.judge(&text, Tier::ReadOnly), judge.judge(&text, Tier::ReadOnly));
        }
        let kept: usize = judge
            .shards
            .iter()
            .map(|shard| {
                let shard = locked(shard);
                shard.once.len() + shard.young.len() + shard.old.len()
            })
            .sum();
        assert!(kept <= SHARDS * 64, "{kept} are kept");
        assert!(kept > 0);
    }

    #[test]
    fn a_long_text_that_does_little_is_judged_once() {
        let judge = judging(Bounds::default().remembered);
        let text = format!("SELECT 1 IN ({}1)", "1, ".repeat(70_000));
        let first = judge.judge(&text, Tier::ReadOnly);
        assert!(first.is_allowed() && Arc::ptr_eq(&first, &judge.judge(&text, Tier::ReadOnly)));
    }

    #[test]
    fn texts_whose_hashes_collide_are_not_taken_for_each_other() {
        let mut shard = Shard::default();
        let known = |sql: &str, tier| Known {
            generation: 0,
            tier,
            sql: sql.into(),
            judgement: Arc::new(judge(sql, tier, &View::built_in(), &Bounds::default())),
        };
        shard.remember(1, known("SELECT 1", Tier::ReadOnly), 1 << 20);
        let recalled = shard.recall(1, |known| &*known.sql == "DROP TABLE t", 1 << 20);
        assert!(recalled.is_none());
    }
}
