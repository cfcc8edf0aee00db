//! Connections that do not become sessions.

use crate::front::{LATE, NEVER, USER};
use crate::stage::{Stage, on_the_newest};
use pgward_desk::limit::Bounds;
use pgward_wire::report::Report;
use pgward_wire::startup::Startup;
use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

/// What the desk answers before it hangs up.
fn answer(stage: &Stage, bytes: &[u8]) -> Vec<u8> {
    let mut tcp = TcpStream::connect(stage.front.address).unwrap();
    tcp.set_read_timeout(Some(Duration::from_secs(60))).unwrap();
    tcp.write_all(bytes).unwrap();
    let mut said = Vec::new();
    tcp.read_to_end(&mut said).unwrap();
    said
}

fn words(said: &[u8]) -> String {
    let at = said.iter().position(|byte| *byte == b'E').unwrap();
    Report::read(b'E', &said[at + 5..]).unwrap().message().to_owned()
}

#[test]
fn a_wrong_token_and_a_stranger_look_alike() {
    on_the_newest(Bounds::default(), |stage| {
        let tried = |user: &str, password: &str| {
            let output = stage.psql(&["-c", "SELECT 1"], &[("PGUSER", user), ("PGPASSWORD", password)]);
            assert!(!output.status.success() && output.stdout.is_empty());
            String::from_utf8_lossy(&output.stderr).replace(user, "USER")
        };
        let wrong = tried(USER, "another token");
        assert!(wrong.contains("password authentication failed for user \"USER\""), "{wrong}");
        assert_eq!(wrong, tried("eve", "another token"));
    });
}

#[test]
fn who_comes_before_the_role_is_made_waits_for_it_and_not_for_ever() {
    on_the_newest(Bounds { making: Duration::from_millis(300), ..Bounds::default() }, |stage| {
        let early = stage.psql(&["-c", "SELECT 1"], &[("PGUSER", LATE)]);
        assert!(early.status.success(), "{early:?}");
        let never = stage.psql(&["-c", "SELECT 1"], &[("PGUSER", NEVER)]);
        assert!(!never.status.success());
        assert!(String::from_utf8_lossy(&never.stderr).contains("its role is being made"), "{never:?}");
        let strange = stage.psql(&["-c", "SELECT 1"], &[("PGUSER", NEVER), ("PGPASSWORD", "another token")]);
        assert!(String::from_utf8_lossy(&strange.stderr).contains("authentication failed"), "{strange:?}");
    });
}

#[test]
fn the_protocol_is_broken_only_once() {
    on_the_newest(Bounds::default(), |stage| {
        let mut startup = vec![];
        Startup::write(USER, "postgres", &[], &mut startup);
        let ssl_request = [8_u32.to_be_bytes(), 80_877_103_u32.to_be_bytes()].concat();
        let stuffed = [ssl_request, startup.clone()].concat();
        assert_eq!(
            words(&answer(&stage, &stuffed)),
            "received unencrypted data after a request for encryption"
        );
        let twice = [startup.clone(), startup.clone()].concat();
        assert_eq!(
            words(&answer(&stage, &twice)),
            "message of type startup is not expected during authentication"
        );
        let early = [startup, b"Q\0\0\0\x0dSELECT 1\0".to_vec()].concat();
        assert_eq!(
            words(&answer(&stage, &early)),
            "message of type 'Q' is not expected during authentication"
        );
        let long = b"\xff\xff\xff\xff\0\x03\0\0";
        assert!(words(&answer(&stage, long)).contains("claims a length of 4294967295 bytes"));
    });
}

#[test]
fn who_stalls_is_cut_and_holds_nobody_up() {
    let bounds = Bounds {
        opening: Duration::from_millis(300),
        login: Duration::from_millis(300),
        ..Bounds::default()
    };
    on_the_newest(bounds, |stage| {
        let mut startup = vec![];
        Startup::write(USER, "postgres", &[], &mut startup);
        let stalled: Vec<TcpStream> = (0..50)
            .map(|n| {
                let mut tcp = TcpStream::connect(stage.front.address).unwrap();
                tcp.write_all(if n % 2 == 0 { &startup[..5] } else { &startup }).unwrap();
                tcp
            })
            .collect();
        let began = Instant::now();
        for mut tcp in stalled {
            tcp.set_read_timeout(Some(Duration::from_secs(60))).unwrap();
            tcp.read_to_end(&mut vec![]).unwrap();
        }
        assert!(began.elapsed() < Duration::from_secs(60));
        assert_eq!(stage.told(&["SELECT 1"]), "1\n");
    });
}

#[test]
fn strangers_from_one_address_are_counted_and_who_stalls_makes_room() {
    let patient = Duration::from_secs(600);
    let bounds = Bounds { strangers_per_address: 3, opening: patient, ..Bounds::default() };
    on_the_newest(bounds, |stage| {
        let waiting: Vec<TcpStream> =
            (0..3).map(|_| TcpStream::connect(stage.front.address).unwrap()).collect();
        // The desk takes connections in order: the fourth comes when three are there.
        let _fourth = TcpStream::connect(stage.front.address).unwrap();
        let mut first = waiting.first().unwrap();
        first.set_read_timeout(Some(Duration::from_secs(60))).unwrap();
        assert_eq!(first.read(&mut [0; 1]).unwrap(), 0);
        // The others stay, and are in nobody's way.
        for _ in 0..3 {
            assert_eq!(stage.told(&["SELECT 1"]), "1\n");
        }
    });
}

#[test]
fn somebody_with_a_lease_gets_in_while_others_storm_the_door() {
    on_the_newest(Bounds::default(), |stage| {
        let storming = AtomicBool::new(true);
        let (address, storming) = (stage.front.address, &storming);
        let mut startup = vec![];
        Startup::write(USER, "postgres", &[], &mut startup);
        // A proof that is none: the desk hears who it is, and says no.
        let mechanism = b"SCRAM-SHA-256\0";
        let wrong =
            [b"p".to_vec(), 20_u32.to_be_bytes().to_vec(), mechanism.to_vec(), vec![0, 0, 0, 0]].concat();
        let (bad, cancel) = ([startup.clone(), wrong].concat(), {
            let numbers: [u32; 4] = [16, 80_877_102, 1, 1];
            numbers.map(u32::to_be_bytes).concat()
        });
        let tried = std::thread::scope(|scope| {
            let storm = |bytes: &'_ [u8], hold: usize| {
                let bytes = bytes.to_vec();
                scope.spawn(move || {
                    let (mut held, mut count) = (std::collections::VecDeque::new(), 0);
                    while storming.load(Ordering::Relaxed) {
                        // Out of ports or descriptors for a moment, at the worst.
                        let Ok(mut tcp) = TcpStream::connect(address) else { continue };
                        let _ = tcp.write_all(&bytes);
                        count += 1;
                        held.push_back(tcp);
                        while held.len() > hold {
                            held.pop_front();
                        }
                    }
                    count
                })
            };
            let storms = [storm(&bad, 20), storm(&cancel, 20), storm(&startup[..5], 200)];
            let told: Vec<(String, Duration)> = (0..10)
                .map(|_| {
                    let began = Instant::now();
                    // Whoever is slower than the storm may be put out for a newcomer, and comes again.
                    let mut told = stage.told(&["SELECT 1"]);
                    while told != "1\n" && began.elapsed() < Duration::from_secs(20) {
                        told = stage.told(&["SELECT 1"]);
                    }
                    (told, began.elapsed())
                })
                .collect();
            storming.store(false, Ordering::Relaxed);
            let count: usize = storms.into_iter().map(|storm| storm.join().unwrap()).sum();
            assert!(count > 100, "it was no storm: {count}");
            told
        });
        // A second is what is promised where nothing else needs the processors.
        assert!(
            tried.iter().all(|(told, took)| told == "1\n" && *took < Duration::from_secs(30)),
            "{tried:?}"
        );
        // What the storm has left for itself is chance; of these a few have to be too many.
        for _ in 0..12 {
            assert!(!stage.psql(&["-c", "SELECT 1"], &[("PGPASSWORD", "another token")]).status.success());
        }
        let records = stage.records();
        let failed = records.iter().filter(|line| line.contains("\"login.failed\"")).count();
        assert!((1..=40).contains(&failed), "{failed} were written down one by one");
        assert!(records.iter().any(|line| line.contains("\"login.withheld\"")), "{}", records.len());
    });
}
