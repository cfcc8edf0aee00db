//! Every audit rule finds its flaws and is silent about their sound twins, on real servers of every major version.
//!
//! `PGWARD_RULE=secdef_,role_` tries only the rules whose ids begin so (with `_` for `.`), `PGWARD_TEST_MAJORS=15,18` only on these
//! versions.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stderr,
    reason = "tests"
)]

mod accepted;
mod alone;
mod blind;
mod changed;
mod handed_over;
mod mended;
mod planted;
mod provided;
mod selected;
mod together;
mod tried;
mod world;

use pgward_cluster::Installation;
use pgward_cluster::matrix::installations;

#[test]
fn rules_find_their_flaws_on_postgresql_14() {
    on(14, together::rules_find_their_flaws);
}

#[test]
fn rules_find_their_flaws_on_postgresql_15() {
    on(15, together::rules_find_their_flaws);
}

#[test]
fn rules_find_their_flaws_on_postgresql_16() {
    on(16, together::rules_find_their_flaws);
}

#[test]
fn rules_find_their_flaws_on_postgresql_17() {
    on(17, together::rules_find_their_flaws);
}

#[test]
fn rules_find_their_flaws_on_postgresql_18() {
    on(18, together::rules_find_their_flaws);
}

#[test]
fn fixes_run_in_any_order_on_postgresql_14() {
    on(14, mended::fixes_run_in_any_order);
}

#[test]
fn fixes_run_in_any_order_on_postgresql_18() {
    on(18, mended::fixes_run_in_any_order);
}

#[test]
fn a_plant_is_found_and_its_repaired_twins_are_not_on_postgresql_14() {
    on(14, planted::flaws_are_found_and_twins_are_not);
}

#[test]
fn a_plant_is_found_and_its_repaired_twins_are_not_on_postgresql_15() {
    on(15, planted::flaws_are_found_and_twins_are_not);
}

#[test]
fn a_plant_is_found_and_its_repaired_twins_are_not_on_postgresql_16() {
    on(16, planted::flaws_are_found_and_twins_are_not);
}

#[test]
fn a_plant_is_found_and_its_repaired_twins_are_not_on_postgresql_17() {
    on(17, planted::flaws_are_found_and_twins_are_not);
}

#[test]
fn a_plant_is_found_and_its_repaired_twins_are_not_on_postgresql_18() {
    on(18, planted::flaws_are_found_and_twins_are_not);
}

#[test]
fn rules_about_the_server_find_their_flaws_on_postgresql_14() {
    on(14, alone::rules_about_the_server_find_their_flaws);
}

#[test]
fn rules_about_the_server_find_their_flaws_on_postgresql_15() {
    on(15, alone::rules_about_the_server_find_their_flaws);
}

#[test]
fn rules_about_the_server_find_their_flaws_on_postgresql_16() {
    on(16, alone::rules_about_the_server_find_their_flaws);
}

#[test]
fn rules_about_the_server_find_their_flaws_on_postgresql_17() {
    on(17, alone::rules_about_the_server_find_their_flaws);
}

#[test]
fn rules_about_the_server_find_their_flaws_on_postgresql_18() {
    on(18, alone::rules_about_the_server_find_their_flaws);
}

#[test]
fn what_a_login_uses_stays_on_postgresql_14() {
    on(14, handed_over::what_a_login_uses_stays);
}

#[test]
fn what_a_login_uses_stays_on_postgresql_18() {
    on(18, handed_over::what_a_login_uses_stays);
}

#[test]
fn a_contract_takes_nothing_out_of_the_counts_on_postgresql_15() {
    on(15, accepted::a_contract_takes_nothing_out_of_the_counts);
}

#[test]
fn a_contract_takes_nothing_out_of_the_counts_on_postgresql_18() {
    on(18, accepted::a_contract_takes_nothing_out_of_the_counts);
}

#[test]
fn a_severity_rests_on_what_can_be_reached_on_postgresql_14() {
    on(14, accepted::a_severity_rests_on_what_can_be_reached);
}

#[test]
fn a_severity_rests_on_what_can_be_reached_on_postgresql_18() {
    on(18, accepted::a_severity_rests_on_what_can_be_reached);
}

#[test]
fn what_is_the_providers_makes_no_noise_on_postgresql_15() {
    on(15, provided::what_is_the_providers_makes_no_noise);
}

#[test]
fn what_is_the_providers_makes_no_noise_on_postgresql_18() {
    on(18, provided::what_is_the_providers_makes_no_noise);
}

#[test]
fn rules_about_servers_that_are_not_to_be_had_find_their_flaws() {
    for installation in installations().expect("PostgreSQL is installed") {
        changed::rules_find_their_flaws(&installation);
    }
}

#[test]
fn a_bare_login_assesses_what_it_sees_and_provokes_no_error() {
    for installation in installations().expect("PostgreSQL is installed") {
        blind::a_bare_login(&installation);
    }
}

/// Runs a test on one major version, where it is installed and asked for.
fn on(major: u32, test: fn(&Installation)) {
    let there = installations().expect("PostgreSQL is installed");
    match there.iter().find(|installation| installation.major() == major) {
        Some(installation) => test(installation),
        None => eprintln!("PostgreSQL {major} is not tried"),
    }
}
