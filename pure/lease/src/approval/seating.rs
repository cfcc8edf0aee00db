//! Who takes which seat, so that as many as possible are taken.

/// How far the seats are taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Seated {
    /// The seats that nobody takes.
    pub(crate) free: usize,
}

/// Seats people, each of whom could take some of the seats and takes one: the largest matching, by augmenting paths.
pub(crate) fn seat_all(seats: usize, wishes: &[&[usize]]) -> Seated {
    let mut taken: Vec<Option<usize>> = vec![None; seats];
    let seated = (0..wishes.len()).filter(|person| {
        let mut tried = vec![false; seats];
        seat(*person, wishes, &mut taken, &mut tried)
    });
    let seated = seated.count();
    Seated { free: seats.saturating_sub(seated) }
}

/// Seats one person, moving others where they have another seat to go to.
fn seat(person: usize, wishes: &[&[usize]], taken: &mut [Option<usize>], tried: &mut [bool]) -> bool {
    for wish in wishes.get(person).copied().unwrap_or_default() {
        match tried.get_mut(*wish) {
            Some(tried) if !*tried => *tried = true,
            _ => continue,
        }
        let sitting = taken.get(*wish).copied().flatten();
        if sitting.is_none_or(|other| seat(other, wishes, taken, tried)) {
            if let Some(place) = taken.get_mut(*wish) {
                *place = Some(person);
            }
            return true;
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn somebody_who_fits_two_seats_makes_room() {
        assert_eq!(seat_all(2, &[&[0, 1], &[0]]).free, 0);
        assert_eq!(seat_all(2, &[&[0], &[0]]).free, 1);
        assert_eq!(seat_all(2, &[&[0, 1]]).free, 1);
        assert_eq!(seat_all(0, &[&[]]).free, 0);
    }

    /// The largest number of seats that can be taken, by trying everything.
    fn most(wishes: &[Vec<usize>], taken: u32) -> usize {
        let Some((first, rest)) = wishes.split_first() else { return 0 };
        let seated = first.iter().filter(|seat| taken & (1 << **seat) == 0);
        let best = seated.map(|seat| 1 + most(rest, taken | 1 << *seat)).max().unwrap_or(0);
        best.max(most(rest, taken))
    }

    proptest! {
        #[test]
        fn as_many_seats_are_taken_as_can_be(
            wishes in proptest::collection::vec(proptest::collection::vec(0_usize..4, 0..4), 0..6)
        ) {
            let borrowed: Vec<&[usize]> = wishes.iter().map(Vec::as_slice).collect();
            prop_assert_eq!(seat_all(4, &borrowed).free, 4 - most(&wishes, 0));
        }
    }
}
